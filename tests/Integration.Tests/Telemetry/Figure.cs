namespace Gateway.Integration.Tests.Telemetry;

/// <summary>A point of a metric as it came over the wire (<c>opentelemetry/proto/metrics/v1/metrics.proto</c>).</summary>
/// <param name="Name">The metric.</param>
/// <param name="Value">Its value; how many were measured when it is a histogram.</param>
/// <param name="Attributes">Text and numbers, as text.</param>
public sealed record Figure(string Name, double Value, IReadOnlyDictionary<string, string> Attributes)
{
    /// <summary>An attribute, or null.</summary>
    public string? this[string attribute] => Attributes.GetValueOrDefault(attribute);
}
