namespace Gateway.Worker.Bus;

/// <summary>Every queue that the worker consumes.</summary>
/// <param name="all">The queues, in the order in which they are listed.</param>
public sealed class GatewayQueues(IReadOnlyList<QueueDescription> all)
{
    /// <summary>The queues.</summary>
    public IReadOnlyList<QueueDescription> All { get; } = all;

    /// <summary>Their names.</summary>
    public IReadOnlyList<string> Names { get; } = [.. all.Select(queue => queue.Name)];

    /// <summary>Each of them, followed by its error queue and its skipped queue, which are consumed too.</summary>
    public IReadOnlyList<string> NamesWithLetters { get; } =
        [.. all.SelectMany(queue => new[] { queue.Name, QueueNames.ErrorsOf(queue.Name), QueueNames.SkippedOf(queue.Name) })];

    /// <summary>The type of a queue's jobs; null when its messages are no jobs, or there is no such queue.</summary>
    public string? JobTypeOf(string queue) => All.FirstOrDefault(known => known.Name == queue)?.JobType;
}
