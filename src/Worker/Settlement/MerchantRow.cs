namespace Gateway.Worker.Settlement;

/// <summary>The aggregates of one merchant and day, as the database answers them.</summary>
internal sealed record MerchantRow
{
    public required Guid MerchantId { get; init; }

    /// <summary>The day's place among those that were asked for, from 1.</summary>
    public required int Day { get; init; }

    public required long CreatedCount { get; init; }
    public required decimal CreatedVnd { get; init; }
    public required long CompletedCount { get; init; }
    public required decimal CompletedVnd { get; init; }
    public required decimal CompletedFeeVnd { get; init; }
    public required long ExpiredCount { get; init; }
    public required decimal ExpiredVnd { get; init; }
    public required long FailedCount { get; init; }
    public required decimal FailedVnd { get; init; }

    public SettlementFigures ToFigures() => new()
    {
        PaymentsCreated = new Tally(CreatedCount, CreatedVnd, 0),
        PaymentsCompleted = new Tally(CompletedCount, CompletedVnd, CompletedFeeVnd),
        PaymentsExpired = new Tally(ExpiredCount, ExpiredVnd, 0),
        PaymentsFailed = new Tally(FailedCount, FailedVnd, 0),
    };
}
