using System.Text.Json.Serialization;

namespace Gateway.Worker.Settlement;

/// <summary>The newest reports of some days in a row, added up.</summary>
public sealed record SettlementPeriod
{
    /// <summary>The first business day.</summary>
    [JsonPropertyName("from")]
    public required DateOnly From { get; init; }

    /// <summary>The last business day, included.</summary>
    [JsonPropertyName("to")]
    public required DateOnly To { get; init; }

    /// <summary>All merchants and days together.</summary>
    [JsonPropertyName("totals")]
    public required SettlementFigures Totals { get; init; }

    /// <summary>Each merchant with its days together, the one that earned most first; by its name on the last of them.</summary>
    [JsonPropertyName("merchants")]
    public required IReadOnlyList<MerchantSettlement> Merchants { get; init; }

    /// <summary>The days that have a report, the oldest first.</summary>
    [JsonPropertyName("days")]
    public required IReadOnlyList<SettlementDay> Days { get; init; }

    /// <summary>The days that have none, and are not in the sums.</summary>
    [JsonPropertyName("days_without_report")]
    public required IReadOnlyList<DateOnly> DaysWithoutReport { get; init; }
}
