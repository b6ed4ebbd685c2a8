using System.Text.Json.Serialization;

namespace Gateway.Worker.Settlement;

/// <summary>The settlement of one business day, in one of its generations. Amounts are exact decimals, in JSON as text.</summary>
public sealed record SettlementReport
{
    /// <summary>The business day.</summary>
    [JsonPropertyName("date")]
    public required DateOnly Date { get; init; }

    /// <summary>From 1; each generation corrects the one before it.</summary>
    [JsonPropertyName("generation")]
    public int Generation { get; init; } = 1;

    /// <summary>The zone of the business, by its IANA name.</summary>
    [JsonPropertyName("time_zone")]
    public required string TimeZone { get; init; }

    /// <summary>UTC; the day's first instant.</summary>
    [JsonPropertyName("from")]
    public required DateTime From { get; init; }

    /// <summary>UTC; the first instant after the day.</summary>
    [JsonPropertyName("to")]
    public required DateTime To { get; init; }

    /// <summary>UTC; when the figures were read.</summary>
    [JsonPropertyName("generated_at")]
    public required DateTime GeneratedAt { get; init; }

    /// <summary>What it says otherwise than the generation before it; null in the first report of a day.</summary>
    [JsonPropertyName("correction")]
    public SettlementCorrection? Correction { get; init; }

    /// <summary>All merchants together.</summary>
    [JsonPropertyName("totals")]
    public required SettlementFigures Totals { get; init; }

    /// <summary>Each merchant with something to tell, the one that earned most first.</summary>
    [JsonPropertyName("merchants")]
    public required IReadOnlyList<MerchantSettlement> Merchants { get; init; }

    /// <summary>
    /// The rows that are in no figure of the day, because they cannot be read: those of the day, and those whose day nobody can tell.
    /// </summary>
    [JsonPropertyName("left_out")]
    public IReadOnlyList<LeftOut> LeftOut { get; init; } = [];

    /// <summary>The wallets that were ever read before the day ended.</summary>
    [JsonPropertyName("wallets")]
    public required IReadOnlyList<WalletAtDayEnd> Wallets { get; init; }

    /// <summary>This day and the six before it, the oldest first.</summary>
    [JsonPropertyName("recent_days")]
    public required IReadOnlyList<RecentDay> RecentDays { get; init; }

    /// <summary>Who earned most first.</summary>
    internal static IEnumerable<MerchantSettlement> InOrder(IEnumerable<MerchantSettlement> merchants) => merchants
        .OrderByDescending(merchant => merchant.Figures.NetRevenueVnd)
        .ThenBy(merchant => merchant.Name, StringComparer.Ordinal)
        .ThenBy(merchant => merchant.MerchantId);
}
