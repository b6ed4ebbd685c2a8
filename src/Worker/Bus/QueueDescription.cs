namespace Gateway.Worker.Bus;

/// <summary>A queue that the worker consumes.</summary>
/// <param name="Name">Its name, such as <c>webhooks</c>.</param>
/// <param name="JobType">The type of its jobs, such as <c>webhook:delivery</c>; null when its messages are no jobs.</param>
/// <param name="Partitions">Over how many queues it is spread at the broker, from 1.</param>
public sealed record QueueDescription(string Name, string? JobType, int Partitions = 1)
{
    /// <summary>The queues over which it is spread, itself first.</summary>
    public IEnumerable<string> PartitionNames => Enumerable.Range(1, Partitions).Select(number => QueueNames.PartitionOf(Name, number));
}
