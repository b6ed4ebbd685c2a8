namespace Gateway.Integration.Tests.Telemetry;

/// <summary>A span as it came over the wire (<c>opentelemetry/proto/trace/v1/trace.proto</c>).</summary>
/// <param name="Process">The <c>service.instance.id</c> of who sent it.</param>
/// <param name="TraceId">Hex.</param>
/// <param name="SpanId">Hex.</param>
/// <param name="ParentId">Hex; empty for a root.</param>
/// <param name="Name">Its name.</param>
/// <param name="IsError">Whether its status is an error.</param>
/// <param name="Attributes">Text and numbers, as text.</param>
public sealed record Span(
    string Process, string TraceId, string SpanId, string ParentId, string Name, bool IsError, IReadOnlyDictionary<string, string> Attributes)
{
    /// <summary>An attribute, or null.</summary>
    public string? this[string attribute] => Attributes.GetValueOrDefault(attribute);
}
