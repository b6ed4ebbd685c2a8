using System.Text.Json.Serialization;

namespace Gateway.Worker.Settlement;

/// <summary>What happened in a business day, for one merchant or for all. docs/settlement-report.md defines each figure.</summary>
public sealed record SettlementFigures
{
    /// <summary>The figures with their names, in the order in which they are shown, and whether they have fees.</summary>
    internal static IReadOnlyList<(string Name, Func<SettlementFigures, Tally> Of, bool HasFee)> Named { get; } =
    [
        ("Payments created", figures => figures.PaymentsCreated, false),
        ("Payments completed", figures => figures.PaymentsCompleted, true),
        ("Payments expired", figures => figures.PaymentsExpired, false),
        ("Payments failed", figures => figures.PaymentsFailed, false),
        ("Payouts requested", figures => figures.PayoutsRequested, true),
        ("Payouts completed", figures => figures.PayoutsCompleted, true),
    ];

    /// <summary>Nothing happened.</summary>
    public static SettlementFigures None { get; } = new();

    /// <summary>Payments that were created in the day.</summary>
    [JsonPropertyName("payments_created")]
    public Tally PaymentsCreated { get; init; } = Tally.None;

    /// <summary>Payments that are completed and were confirmed in the day, with their fees.</summary>
    [JsonPropertyName("payments_completed")]
    public Tally PaymentsCompleted { get; init; } = Tally.None;

    /// <summary>Payments that are expired and whose time was over in the day.</summary>
    [JsonPropertyName("payments_expired")]
    public Tally PaymentsExpired { get; init; } = Tally.None;

    /// <summary>Payments that are failed and were last changed in the day.</summary>
    [JsonPropertyName("payments_failed")]
    public Tally PaymentsFailed { get; init; } = Tally.None;

    /// <summary>Payouts that were requested in the day, with the fees that they will cost.</summary>
    [JsonPropertyName("payouts_requested")]
    public Tally PayoutsRequested { get; init; } = Tally.None;

    /// <summary>Payouts that were completed in the day, with their fees.</summary>
    [JsonPropertyName("payouts_completed")]
    public Tally PayoutsCompleted { get; init; } = Tally.None;

    /// <summary>VND: the fees of completed payments and of completed payouts.</summary>
    [JsonPropertyName("net_revenue_vnd"), JsonConverter(typeof(AmountAsText))]
    public decimal NetRevenueVnd => PaymentsCompleted.FeeVnd + PayoutsCompleted.FeeVnd;

    /// <summary>The figures of both added up.</summary>
    public static SettlementFigures operator +(SettlementFigures left, SettlementFigures right) => new()
    {
        PaymentsCreated = left.PaymentsCreated + right.PaymentsCreated,
        PaymentsCompleted = left.PaymentsCompleted + right.PaymentsCompleted,
        PaymentsExpired = left.PaymentsExpired + right.PaymentsExpired,
        PaymentsFailed = left.PaymentsFailed + right.PaymentsFailed,
        PayoutsRequested = left.PayoutsRequested + right.PayoutsRequested,
        PayoutsCompleted = left.PayoutsCompleted + right.PayoutsCompleted,
    };

    /// <summary>What is more on the left; below zero where it is less.</summary>
    public static SettlementFigures operator -(SettlementFigures left, SettlementFigures right) => new()
    {
        PaymentsCreated = left.PaymentsCreated - right.PaymentsCreated,
        PaymentsCompleted = left.PaymentsCompleted - right.PaymentsCompleted,
        PaymentsExpired = left.PaymentsExpired - right.PaymentsExpired,
        PaymentsFailed = left.PaymentsFailed - right.PaymentsFailed,
        PayoutsRequested = left.PayoutsRequested - right.PayoutsRequested,
        PayoutsCompleted = left.PayoutsCompleted - right.PayoutsCompleted,
    };
}
