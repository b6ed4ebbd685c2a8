namespace Gateway.Persistence.Waiting;

/// <summary>What waits for one merchant.</summary>
public sealed record MerchantWaiting
{
    /// <summary>The merchant.</summary>
    public required Guid MerchantId { get; init; }

    /// <summary>How many entries wait, by reason. What is on the road is not among them.</summary>
    public required IReadOnlyDictionary<WaitReason, int> Waiting { get; init; }

    /// <summary>How many are on the road.</summary>
    public required int OnTheRoad { get; init; }

    /// <summary>UTC; when the next of those that wait is due. Null when all are on the road.</summary>
    public required DateTime? NextDueAt { get; init; }

    /// <summary>UTC; since when the oldest of those that wait does.</summary>
    public required DateTime? OldestSince { get; init; }

    /// <summary>UTC; until then the endpoint is left alone; null when it is not.</summary>
    public required DateTime? HeldUntil { get; init; }

    /// <summary>One of <see cref="Persistence.Webhooks.HoldReason"/>.</summary>
    public required string? HoldReason { get; init; }

    /// <summary>UTC; since when the endpoint is disabled.</summary>
    public required DateTime? DisabledSince { get; init; }
}
