namespace Gateway.Worker.Bus;

/// <summary>Every queue that the worker consumes.</summary>
/// <param name="all">The queues, in the order in which they are listed.</param>
public sealed class GatewayQueues(IReadOnlyList<QueueDescription> all)
{
    /// <summary>The queues.</summary>
    public IReadOnlyList<QueueDescription> All { get; } = all;

    /// <summary>Their names.</summary>
    public IReadOnlyList<string> Names { get; } = [.. all.Select(queue => queue.Name)];

    /// <summary>Each of them with its partitions, followed by its error queue and its skipped queue, which are consumed too.</summary>
    public IReadOnlyList<string> NamesWithLetters { get; } =
    [
        .. all.SelectMany(queue =>
            queue.PartitionNames.Append(QueueNames.ErrorsOf(queue.Name)).Append(QueueNames.SkippedOf(queue.Name))),
    ];

    /// <summary>The type of a queue's jobs; null when its messages are no jobs, or there is no such queue.</summary>
    public string? JobTypeOf(string queue) => All.FirstOrDefault(known => known.Name == queue)?.JobType;

    /// <summary>The queues over which a queue is spread, itself first; itself alone where it is not among these.</summary>
    public IEnumerable<string> PartitionsOf(string queue) =>
        All.FirstOrDefault(known => known.Name == queue)?.PartitionNames ?? [queue];

    /// <summary>
    /// The way to a queue: by its name, or where it is spread by the exchange of that name, which leads to the partitions that are there.
    /// </summary>
    internal PublishRoute RouteTo(string queue) =>
        All.Any(known => known.Name == queue && known.Partitions > 1) ? new PublishRoute(queue, "") : PublishRoute.ToQueue(queue);
}
