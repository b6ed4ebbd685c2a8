using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gateway.Worker.Bus.Topology;

/// <summary>What leads messages to a queue, as the management API tells of it.</summary>
/// <param name="Source">The exchange; empty for the default one, to which each queue is bound by its name.</param>
/// <param name="RoutingKey">The routing key.</param>
/// <param name="Arguments">An object; a list where there is none.</param>
internal sealed record QueueBinding(
    [property: JsonPropertyName("source")] string Source,
    [property: JsonPropertyName("routing_key")] string RoutingKey,
    [property: JsonPropertyName("arguments")] JsonElement Arguments)
{
    /// <summary>Whether exchange and routing key are all of it.</summary>
    [JsonIgnore]
    public bool IsPlain => Arguments.ValueKind != JsonValueKind.Object || !Arguments.EnumerateObject().Any();
}
