namespace Gateway.Worker.Bus.Topology;

/// <summary>The type of the queues that the worker declares (<c>RABBITMQ_QUEUE_TYPE</c>).</summary>
public enum QueueType
{
    /// <summary>On one node of the broker.</summary>
    Classic,

    /// <summary>On three nodes of a cluster, of which one may be away, or on the only one where there is no other.</summary>
    Quorum,
}
