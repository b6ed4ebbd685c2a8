namespace Gateway.Worker.Ops.Queues;

/// <summary>What a purge removed.</summary>
/// <param name="Queue">The queue.</param>
/// <param name="Purged">Messages that were ready. Those that a worker had taken already are not among them.</param>
public sealed record PurgeResponse(string Queue, long Purged);
