using Gateway.Worker.Bus;
using MassTransit;

namespace Gateway.Worker.Gate;

/// <summary>All queues that share the gate. Hears of their endpoints' comings and goings.</summary>
public sealed class GatedQueues(WeightedGate gate) : IReceiveEndpointObserver, IDisposable
{
    private readonly Dictionary<string, GatedQueue> _queues =
        gate.Flows.ToDictionary(flow => flow.Name, flow => new GatedQueue(flow.Name, gate), StringComparer.Ordinal);

    /// <summary>Every queue.</summary>
    public IEnumerable<GatedQueue> All => _queues.Values;

    /// <summary>The queue of this name.</summary>
    /// <exception cref="KeyNotFoundException">The queue does not share the gate.</exception>
    public GatedQueue Get(string queue) => _queues[queue];

    /// <summary>The queue of this name, or null.</summary>
    public GatedQueue? Find(string queue) => _queues.GetValueOrDefault(queue);

    /// <inheritdoc/>
    Task IReceiveEndpointObserver.Ready(ReceiveEndpointReady ready)
    {
        if (FindBy(ready.InputAddress) is { } queue)
        {
            queue.EndpointAt(ready.InputAddress).Endpoint = ready.ReceiveEndpoint;
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    Task IReceiveEndpointObserver.Stopping(ReceiveEndpointStopping stopping)
    {
        FindBy(stopping.InputAddress)?.EndpointAt(stopping.InputAddress).EndWaits();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    Task IReceiveEndpointObserver.Completed(ReceiveEndpointCompleted completed) => Task.CompletedTask;

    /// <inheritdoc/>
    Task IReceiveEndpointObserver.Faulted(ReceiveEndpointFaulted faulted) => Task.CompletedTask;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var queue in _queues.Values)
        {
            queue.Dispose();
        }
    }

    private GatedQueue? FindBy(Uri address) => Find(QueueNames.JobQueueOf(address));
}
