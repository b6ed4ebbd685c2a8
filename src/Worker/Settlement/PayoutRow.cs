namespace Gateway.Worker.Settlement;

/// <summary>The payouts of one merchant and day, as the database answers them.</summary>
internal sealed record PayoutRow
{
    public required Guid MerchantId { get; init; }

    /// <summary>The day's place among those that were asked for, from 1.</summary>
    public required int Day { get; init; }

    public required long RequestedCount { get; init; }
    public required decimal RequestedVnd { get; init; }
    public required decimal RequestedFeeVnd { get; init; }
    public required long CompletedCount { get; init; }
    public required decimal CompletedVnd { get; init; }
    public required decimal CompletedFeeVnd { get; init; }

    public SettlementFigures ToFigures() => new()
    {
        PayoutsRequested = new Tally(RequestedCount, RequestedVnd, RequestedFeeVnd),
        PayoutsCompleted = new Tally(CompletedCount, CompletedVnd, CompletedFeeVnd),
    };
}
