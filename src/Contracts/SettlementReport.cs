using System.Text.Json.Serialization;

namespace Gateway.Contracts;

/// <summary>Asks the worker to write the settlement report of one business day.</summary>
public sealed record GenerateSettlementReport
{
    /// <summary>The business day. Default: yesterday in the business time zone.</summary>
    [JsonPropertyName("date")]
    public DateOnly? Date { get; init; }
}

/// <summary>A settlement report was written, or written again.</summary>
public sealed record SettlementReportGenerated
{
    /// <summary>The business day.</summary>
    [JsonPropertyName("date")]
    public required DateOnly Date { get; init; }

    /// <summary>When it was written.</summary>
    [JsonPropertyName("generated_at")]
    public required DateTimeOffset GeneratedAt { get; init; }
}
