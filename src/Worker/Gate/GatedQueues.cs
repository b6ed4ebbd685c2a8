using MassTransit;

namespace Gateway.Worker.Gate;

/// <summary>The intakes of all queues that share the gate. Hears of their endpoints' comings and goings.</summary>
public sealed class GatedQueues(WeightedGate gate) : IReceiveEndpointObserver, IDisposable
{
    private readonly Dictionary<string, GatedQueue> _intakes =
        gate.Flows.ToDictionary(flow => flow.Name, flow => new GatedQueue(flow.Name, gate), StringComparer.Ordinal);

    /// <summary>Every intake.</summary>
    public IEnumerable<GatedQueue> All => _intakes.Values;

    /// <summary>The intake of a queue.</summary>
    /// <exception cref="KeyNotFoundException">The queue does not share the gate.</exception>
    public GatedQueue Get(string queue) => _intakes[queue];

    /// <summary>The intake of a queue, or null.</summary>
    public GatedQueue? Find(string queue) => _intakes.GetValueOrDefault(queue);

    /// <inheritdoc/>
    Task IReceiveEndpointObserver.Ready(ReceiveEndpointReady ready)
    {
        if (FindBy(ready.InputAddress) is { } intake)
        {
            intake.Endpoint = ready.ReceiveEndpoint;
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    Task IReceiveEndpointObserver.Stopping(ReceiveEndpointStopping stopping)
    {
        FindBy(stopping.InputAddress)?.LetGo();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    Task IReceiveEndpointObserver.Completed(ReceiveEndpointCompleted completed) => Task.CompletedTask;

    /// <inheritdoc/>
    Task IReceiveEndpointObserver.Faulted(ReceiveEndpointFaulted faulted) => Task.CompletedTask;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var intake in _intakes.Values)
        {
            intake.Dispose();
        }
    }

    private GatedQueue? FindBy(Uri address) => Find(Path.GetFileName(address.AbsolutePath));
}
