using System.Text.Json.Serialization;

namespace Gateway.Worker.Settlement;

/// <summary>A day of the chart.</summary>
/// <param name="Date">The business day.</param>
/// <param name="CompletedVnd">VND of completed payments; null when that day has no report.</param>
public sealed record RecentDay(
    [property: JsonPropertyName("date")] DateOnly Date,
    [property: JsonPropertyName("completed_vnd"), JsonConverter(typeof(AmountAsText))] decimal? CompletedVnd);
