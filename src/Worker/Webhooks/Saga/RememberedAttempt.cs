namespace Gateway.Worker.Webhooks.Saga;

/// <summary>One failed attempt in a delivery's history.</summary>
/// <param name="Attempt">Its number, from 1.</param>
/// <param name="Reason">Why it failed, one word.</param>
/// <param name="StatusCode">The HTTP status; null without an answer.</param>
/// <param name="FailedAt">When it ended, UTC.</param>
public sealed record FailedAttempt(int Attempt, string Reason, int? StatusCode, DateTime FailedAt);
