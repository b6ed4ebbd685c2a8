using System.Text.Json.Serialization;

namespace Gateway.Contracts;

/// <summary>Asks the worker to write the settlement report of one business day.</summary>
public sealed record GenerateSettlementReport
{
    /// <summary>The business day. Default: yesterday in the business time zone.</summary>
    [JsonPropertyName("date")]
    public DateOnly? Date { get; init; }
}

/// <summary>A settlement report was written: the first of its day, or one that corrects it.</summary>
public sealed record SettlementReportGenerated
{
    /// <summary>The business day.</summary>
    [JsonPropertyName("date")]
    public required DateOnly Date { get; init; }

    /// <summary>When the report was written.</summary>
    [JsonPropertyName("generated_at")]
    public required DateTimeOffset GeneratedAt { get; init; }

    /// <summary>From 1; each generation corrects the one before it. 1 where an older worker wrote it.</summary>
    [JsonPropertyName("generation")]
    public int Generation { get; init; } = 1;

    /// <summary>Whether the day's figures have changed since the generation before.</summary>
    [JsonPropertyName("is_correction")]
    public bool IsCorrection { get; init; }
}
