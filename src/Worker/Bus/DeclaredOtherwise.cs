using System.Collections.Concurrent;
using Gateway.Worker.Telemetry;
using MassTransit;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Gateway.Worker.Bus;

/// <summary>
/// Says once, which queue cannot be consumed because somebody has declared it with other arguments, and what to do about it. The bus tries
/// it again until it can; all other queues go on.
/// </summary>
public sealed class DeclaredOtherwise(ILogger<DeclaredOtherwise> logger) : IReceiveEndpointObserver
{
    private readonly ConcurrentDictionary<Uri, string> _refusals = new();

    /// <summary>Whether a queue is not consumed for this reason.</summary>
    /// <param name="inputAddress">Its address.</param>
    public bool Has(Uri inputAddress) => _refusals.ContainsKey(inputAddress);

    /// <inheritdoc/>
    public Task Faulted(ReceiveEndpointFaulted faulted)
    {
        if (RefusalIn(faulted.Exception) is { } refusal && _refusals.TryAdd(faulted.InputAddress, refusal))
        {
            Log.DeclaredOtherwise(logger, QueueNames.From(faulted.InputAddress), refusal);
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task Ready(ReceiveEndpointReady ready)
    {
        if (_refusals.TryRemove(ready.InputAddress, out _))
        {
            Log.DeclaredWell(logger, QueueNames.From(ready.InputAddress));
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task Stopping(ReceiveEndpointStopping stopping) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task Completed(ReceiveEndpointCompleted completed) => Task.CompletedTask;

    private static string? RefusalIn(Exception? exception) => exception.WithCauses().OfType<OperationInterruptedException>()
        .FirstOrDefault(refusal => refusal.ShutdownReason is { ReplyCode: Constants.PreconditionFailed })?.ShutdownReason?.ReplyText;
}
