using System.Collections.Concurrent;
using Gateway.Worker.Telemetry;
using MassTransit;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Gateway.Worker.Bus;

/// <summary>
/// Says once that the connection to RabbitMQ is lost, and once that it is back; and once which queue the broker does not let the worker
/// have, such as for want of a right. The bus itself would say it for each queue and each try, with a stack trace.
/// </summary>
public sealed class BrokerWatch(RabbitMqOptions options, ILogger<BrokerWatch> logger) : IReceiveEndpointObserver
{
    // Before the first connection ServersAtStart speaks about it.
    private const int NotYet = 0;
    private const int Connected = 1;
    private const int Lost = 2;

    private readonly ConcurrentDictionary<Uri, bool> _refused = new();
    private int _state = NotYet;

    private string Address => options.ToString();

    /// <summary>The broker does not answer, or a connection to it is lost.</summary>
    public void Lose(Exception reason)
    {
        if (Interlocked.CompareExchange(ref _state, Lost, Connected) == Connected)
        {
            Log.BrokerAway(logger, Address, reason.GetBaseException().Message);
        }
    }

    /// <inheritdoc/>
    public Task Ready(ReceiveEndpointReady ready)
    {
        if (Interlocked.Exchange(ref _state, Connected) == Lost)
        {
            Log.BrokerBack(logger, Address);
        }

        if (_refused.TryRemove(ready.InputAddress, out _))
        {
            Log.QueueAllowed(logger, QueueNames.From(ready.InputAddress));
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task Faulted(ReceiveEndpointFaulted faulted)
    {
        if (RefusalIn(faulted.Exception) is { } refusal)
        {
            if (refusal.Length > 0 && _refused.TryAdd(faulted.InputAddress, true))
            {
                Log.QueueRefused(logger, QueueNames.From(faulted.InputAddress), refusal);
            }
        }
        else if (IsOfConnection(faulted.Exception))
        {
            Lose(faulted.Exception!);
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task Stopping(ReceiveEndpointStopping stopping) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task Completed(ReceiveEndpointCompleted completed) => Task.CompletedTask;

    // Empty for a queue that was declared with other arguments, of which DeclaredOtherwise tells; null where it is the connection.
    private static string? RefusalIn(Exception? exception) => exception.WithCauses()
        .Select(cause => cause switch
        {
            OperationInterruptedException { ShutdownReason.ReplyCode: Constants.PreconditionFailed } => "",
            OperationInterruptedException { ShutdownReason: { } reason }
                when reason.ReplyCode is Constants.AccessRefused or Constants.NotFound or Constants.ResourceLocked => reason.ReplyText,
            _ => null,
        })
        .FirstOrDefault(refusal => refusal is not null);

    private static bool IsOfConnection(Exception? exception) => exception.WithCauses().Any(cause =>
        cause is RabbitMqConnectionException or ConnectionException or BrokerUnreachableException or IOException);
}
