using System.Text.Json.Serialization;

namespace Gateway.Worker.Settlement;

/// <summary>A day that has a report.</summary>
/// <param name="Date">The business day.</param>
/// <param name="Generation">The newest generation.</param>
/// <param name="GeneratedAt">UTC; when that was written.</param>
/// <param name="NetRevenueVnd">VND; as that tells it.</param>
/// <param name="Figures">All merchants together; as that tells it.</param>
/// <param name="LeftOut">How many rows that leaves out, because they cannot be read.</param>
/// <param name="Generations">All of them, the first one first.</param>
public sealed record SettlementDay(
    [property: JsonPropertyName("date")] DateOnly Date,
    [property: JsonPropertyName("generation")] int Generation,
    [property: JsonPropertyName("generated_at")] DateTime GeneratedAt,
    [property: JsonPropertyName("net_revenue_vnd"), JsonConverter(typeof(AmountAsText))] decimal NetRevenueVnd,
    [property: JsonPropertyName("figures")] SettlementFigures Figures,
    [property: JsonPropertyName("left_out")] int LeftOut,
    [property: JsonPropertyName("generations")] IReadOnlyList<ReportGeneration> Generations);
