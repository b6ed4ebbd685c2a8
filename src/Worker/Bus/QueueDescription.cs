namespace Gateway.Worker.Bus;

/// <summary>A queue that the worker consumes.</summary>
/// <param name="Name">Its name, such as <c>webhooks</c>.</param>
/// <param name="JobType">The type of its jobs, such as <c>webhook:delivery</c>; null when its messages are no jobs.</param>
public sealed record QueueDescription(string Name, string? JobType);
