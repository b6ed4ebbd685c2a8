using System.Text.Json.Serialization;

namespace Gateway.Worker.Ops.Queues;

/// <summary>What the broker says of a queue; the names are those of its management API.</summary>
/// <param name="Name">The queue.</param>
/// <param name="Ready">Messages that wait for a worker to take them.</param>
/// <param name="Unacknowledged">Messages that workers have taken; null where the broker was not asked for that.</param>
/// <param name="Consumers">Workers that take from it.</param>
public sealed record QueueDepth(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("messages_ready")] long? Ready,
    [property: JsonPropertyName("messages_unacknowledged")] long? Unacknowledged,
    [property: JsonPropertyName("consumers")] int? Consumers)
{
    /// <summary>All its messages.</summary>
    [JsonIgnore]
    public long Total => (Ready ?? 0) + (Unacknowledged ?? 0);

    /// <summary>The same queue with what another partition of it holds.</summary>
    public QueueDepth With(QueueDepth partition) => this with
    {
        Ready = Ready + partition.Ready,
        Unacknowledged = Unacknowledged + partition.Unacknowledged,
        Consumers = Consumers is { } some && partition.Consumers is { } others ? Math.Min(some, others) : null,
    };
}
