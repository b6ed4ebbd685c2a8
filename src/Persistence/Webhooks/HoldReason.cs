namespace Gateway.Persistence.Webhooks;

/// <summary>Why an endpoint is left alone for a while.</summary>
public static class HoldReason
{
    /// <summary>Most attempts failed. When the time is over one attempt is made, and the hold ends when it succeeds.</summary>
    public const string CircuitOpen = "circuit_open";

    /// <summary>The merchant asked for it (<c>Retry-After</c>). The hold ends with its time.</summary>
    public const string RetryAfter = "retry_after";
}
