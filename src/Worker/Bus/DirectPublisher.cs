using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Gateway.Worker.Bus;

/// <summary>
/// Publishes past the bus, many messages at once, each with the broker's confirm, on a connection of its own. A connection on which
/// the broker says nothing, although it is in no alarm, is given up, and the next message opens another.
/// </summary>
/// <param name="options">Where the broker is.</param>
/// <param name="purpose">What the broker's list of connections calls the connection.</param>
/// <param name="time">The clock.</param>
public sealed class DirectPublisher(RabbitMqOptions options, string purpose, TimeProvider time) : IAsyncDisposable
{
    // A connection that was closed may look open for ever, and its confirms never come (rabbitmq-dotnet-client issue 1930).
    private static readonly TimeSpan LongestConfirm = TimeSpan.FromSeconds(10);

    private readonly BrokerConnection _connection = new(options, purpose, time);
    private readonly SemaphoreSlim _opening = new(1, 1);
    private IChannel? _channel;

    /// <summary>Makes sure that something can be published.</summary>
    /// <exception cref="BrokerUnreachableException">The broker does not answer.</exception>
    /// <exception cref="TimeoutException">
    /// It does not answer on an open connection, or takes no messages because it is in alarm.
    /// </exception>
    /// <exception cref="OperationCanceledException">The same, or the wait was ended.</exception>
    public async Task ConnectAsync(CancellationToken cancellationToken)
    {
        await OpenAsync(cancellationToken);
        if (_connection.IsBlocked)
        {
            throw new TimeoutException("RabbitMQ is short of memory or disk and takes no messages.");
        }
    }

    /// <summary>Publishes a message. Returns with the broker's confirm, for which it waits as long as the broker is in alarm.</summary>
    /// <param name="route">Where it goes.</param>
    /// <param name="properties">Its properties.</param>
    /// <param name="body">Its body.</param>
    /// <param name="cancellationToken">
    /// Ends the wait for a connection or for the end of an alarm. What is on its way is not broken off.
    /// </param>
    /// <exception cref="PublishException">The broker has refused it; there is no such queue, when it is a return.</exception>
    /// <exception cref="RabbitMQClientException">
    /// The broker is away, or has closed the channel over this message or over another one.
    /// </exception>
    /// <exception cref="TimeoutException">The broker says nothing. It may have the message all the same.</exception>
    /// <exception cref="OperationCanceledException">The same, or the wait was ended.</exception>
    public async Task PublishAsync(
        PublishRoute route, BasicProperties properties, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        var channel = await OpenAsync(cancellationToken);
        var publishing = channel.BasicPublishAsync(
            route.Exchange, route.RoutingKey, mandatory: true, properties, body, CancellationToken.None).AsTask();
        var patience = CancellationToken.None;
        while (true)
        {
            try
            {
                await publishing.WaitAsync(LongestConfirm, time, patience);
                return;
            }
            catch (TimeoutException) when (_connection.IsBlocked && IsOurs(channel))
            {
                // Sent once more, it would be there twice when the alarm is over.
                patience = cancellationToken;
            }
            catch (TimeoutException)
            {
                if (Interlocked.CompareExchange(ref _channel, null, channel) == channel)
                {
                    _connection.GiveUp();
                }

                throw;
            }
        }
    }

    /// <summary>Creates a queue that was deleted, or that nobody takes from yet.</summary>
    /// <exception cref="OperationInterruptedException">There is one with other arguments.</exception>
    public async Task DeclareAsync(string queue, CancellationToken cancellationToken)
    {
        // On a channel of its own: the broker closes it when it refuses.
        var channel = await _connection.OpenChannelAsync(hasConfirms: false, cancellationToken);
        var arguments = QueueArguments.Of(options.QueueType, queue).ToDictionary(pair => pair.Key, pair => (object?)pair.Value);
        await channel.QueueDeclareAsync(
            queue, durable: true, exclusive: false, autoDelete: false, arguments, cancellationToken: cancellationToken);
        await channel.CloseAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync();
        _opening.Dispose();
    }

    private bool IsOurs(IChannel channel) => ReferenceEquals(_channel, channel) && channel.IsOpen;

    private async Task<IChannel> OpenAsync(CancellationToken cancellationToken)
    {
        if (FindOpen() is { } open)
        {
            return open;
        }

        await _opening.WaitAsync(cancellationToken);
        try
        {
            return FindOpen() ?? (_channel = await _connection.OpenChannelAsync(hasConfirms: true, cancellationToken));
        }
        finally
        {
            _opening.Release();
        }
    }

    // The client may take a channel for open whose connection it knows to be closed.
    private IChannel? FindOpen() => _connection.IsOpen && _channel is { IsOpen: true } open ? open : null;
}
