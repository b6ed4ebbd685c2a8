namespace Gateway.Worker.Webhooks.Attempts;

/// <summary>How one attempt to deliver a webhook ended.</summary>
public sealed record AttemptResult
{
    /// <summary>The outcome, success or the class of failure.</summary>
    public required AttemptOutcome Outcome { get; init; }

    /// <summary>The HTTP status that came back; null when there was no answer.</summary>
    public int? StatusCode { get; init; }

    /// <summary>How long the attempt took.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>How long the merchant asked to wait, from 0 to 24 hours; null when it did not ask or its wish made no sense.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The first 1 KiB of the answer as text, or what went wrong; no secret and no URL query in it.</summary>
    public string? Detail { get; init; }
}
