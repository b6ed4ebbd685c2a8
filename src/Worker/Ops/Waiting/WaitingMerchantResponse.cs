using Gateway.Persistence.Waiting;

namespace Gateway.Worker.Ops.Waiting;

/// <summary>What waits for one merchant, as the API shows it.</summary>
public sealed record WaitingMerchantResponse
{
    /// <summary>The merchant.</summary>
    public required Guid MerchantId { get; init; }

    /// <summary>How many webhooks wait. Those on the road are not among them.</summary>
    public required int Waiting { get; init; }

    /// <summary>The same by reason.</summary>
    public required IReadOnlyDictionary<string, int> ByReason { get; init; }

    /// <summary>How many are on the road.</summary>
    public required int OnTheRoad { get; init; }

    /// <summary>When the next of them is due, UTC.</summary>
    public DateTime? NextDueAt { get; init; }

    /// <summary>Since when the oldest of them waits for its attempt, UTC.</summary>
    public DateTime? OldestSince { get; init; }

    /// <summary>Until when the endpoint is left alone, UTC.</summary>
    public DateTime? HeldUntil { get; init; }

    /// <summary>Why: circuit_open or retry_after.</summary>
    public string? HoldReason { get; init; }

    /// <summary>Since when the endpoint is disabled, UTC: nothing is released until it is enabled.</summary>
    public DateTime? DisabledSince { get; init; }

    /// <summary>Shows what waits for a merchant.</summary>
    public static WaitingMerchantResponse From(MerchantWaiting merchant) => new()
    {
        MerchantId = merchant.MerchantId,
        Waiting = merchant.Waiting.Values.Sum(),
        ByReason = merchant.Waiting.ToDictionary(of => of.Key.Word(), of => of.Value),
        OnTheRoad = merchant.OnTheRoad,
        NextDueAt = merchant.NextDueAt,
        OldestSince = merchant.OldestSince,
        HeldUntil = merchant.HeldUntil,
        HoldReason = merchant.HoldReason,
        DisabledSince = merchant.DisabledSince,
    };
}
