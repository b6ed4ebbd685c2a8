namespace Gateway.Worker.Webhooks.Saga;

/// <summary>One attempt in a delivery's history.</summary>
/// <param name="Attempt">Its number, from 1.</param>
/// <param name="Reason">Why it failed, one word; null when it succeeded.</param>
/// <param name="StatusCode">The HTTP status; null without an answer.</param>
/// <param name="EndedAt">When it ended, UTC.</param>
public sealed record RememberedAttempt(int Attempt, string? Reason, int? StatusCode, DateTime EndedAt)
{
    /// <summary>Whether the merchant accepted the webhook.</summary>
    internal bool IsSuccess => Reason is null;

    /// <summary>
    /// Whether this is how an attempt with this number went, of which something else is told too: two copies of its message were posted.
    /// The success counts, and of two failures the earlier one, whose retry is the one that waits.
    /// </summary>
    internal bool CountsBefore(RememberedAttempt other) =>
        IsSuccess != other.IsSuccess ? IsSuccess : EndedAt < other.EndedAt;
}
