using Gateway.Worker.Bus;
using MassTransit;

namespace Gateway.Worker.Webhooks.Partitions;

/// <summary>
/// Says that the queue of first attempts, or a partition of it, is consumed anew: the broker that was away may have lost its data.
/// </summary>
internal sealed class PartitionSignal : LoopSignal, IReceiveEndpointObserver
{
    /// <inheritdoc/>
    public Task Ready(ReceiveEndpointReady ready)
    {
        if (QueueNames.JobQueueOf(ready.InputAddress) == QueueNames.Webhooks)
        {
            Set();
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task Stopping(ReceiveEndpointStopping stopping) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task Completed(ReceiveEndpointCompleted completed) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task Faulted(ReceiveEndpointFaulted faulted) => Task.CompletedTask;
}
