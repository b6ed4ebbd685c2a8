namespace Gateway.Worker.Ops.Webhooks;

/// <summary>A merchant's endpoint as the API shows it. Its URL is not: it may hold a token.</summary>
public sealed record EndpointResponse
{
    /// <summary>The merchant.</summary>
    public required string MerchantId { get; init; }

    /// <summary>enabled or disabled.</summary>
    public required string State { get; init; }

    /// <summary>Why it is disabled: gone, failing or operator.</summary>
    public string? Reason { get; init; }

    /// <summary>Since when it is disabled, UTC.</summary>
    public DateTime? Since { get; init; }

    /// <summary>Since when every attempt has failed, UTC.</summary>
    public DateTime? FailingSince { get; init; }

    /// <summary>Until when it is left alone, UTC; null when it is not.</summary>
    public DateTime? HeldUntil { get; init; }

    /// <summary>Why it is left alone: circuit_open when it kept failing, retry_after when the merchant asked for it.</summary>
    public string? HoldReason { get; init; }

    /// <summary>After it was enabled: how many webhooks were skipped while it was disabled, and can be recovered.</summary>
    public int? SkippedSince { get; init; }

    /// <summary>After it was enabled: the body with which <c>POST /api/webhooks/recover</c> sends them.</summary>
    public RecoverRequest? Recover { get; init; }
}
