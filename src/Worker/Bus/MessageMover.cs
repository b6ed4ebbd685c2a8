using MassTransit;
using MassTransit.RabbitMqTransport;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using PublishException = RabbitMQ.Client.Exceptions.PublishException;

namespace Gateway.Worker.Bus;

/// <summary>
/// Moves messages to an error or skipped queue, on the connection that publishes. MassTransit would do so on the channel that consumes, which
/// must never wait for the broker to take messages.
/// </summary>
public sealed class MessageMover(BrokerConnection connection, TimeProvider time, ILogger<MessageMover> logger) : IAsyncDisposable
{
    // When a connection breaks, the client forgets the confirms that are due (rabbitmq-dotnet-client issue 1930): it is to be looked at.
    private static readonly TimeSpan LongestPublish = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _opening = new(1, 1);
    private IChannel? _channel;
    private int _waiting;

    /// <summary>Moves a message. Returns with the broker's confirm, for which it waits as long as the message may.</summary>
    /// <param name="context">The message.</param>
    /// <param name="queue">Where it goes.</param>
    /// <param name="describe">Writes what the message says there beside what it said before.</param>
    /// <exception cref="OperationCanceledException">The message's channel has closed, or the worker stops.</exception>
    public async Task MoveAsync(ReceiveContext context, string queue, Action<SendHeaders> describe)
    {
        var properties = context.TryGetPayload(out RabbitMqBasicConsumeContext? message)
            ? new BasicProperties(message.Properties)
            : new BasicProperties();
        properties.ClearExpiration();
        properties.Headers = properties.Headers is { } headers ? new Dictionary<string, object?>(headers) : [];
        var told = new MoveTransportHeaders(properties);
        told.SetHostHeaders();
        describe(told);
        while (!await TryPublishAsync(queue, properties, context.GetBody(), context.CancellationToken))
        {
            await Task.Delay(Pause, time, context.CancellationToken);
        }

        if (Interlocked.Exchange(ref _waiting, 0) == 1)
        {
            Log.MovesGoOn(logger);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_channel is { } channel)
        {
            _channel = null;
            await BrokerConnection.EndAsync(channel, time);
        }

        _opening.Dispose();
    }

    private async Task<bool> TryPublishAsync(string queue, BasicProperties properties, byte[] body, CancellationToken cancellationToken)
    {
        try
        {
            var channel = await OpenAsync(cancellationToken);
            try
            {
                await PublishAsync(channel);
            }
            catch (PublishException returned) when (returned.IsReturn)
            {
                // Nobody takes from it yet, or somebody has deleted it.
                await channel.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false, cancellationToken: cancellationToken);
                await PublishAsync(channel);
            }

            return true;
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested
            && failure is RabbitMQClientException or IOException or TimeoutException or ObjectDisposedException or OperationCanceledException)
        {
            // It stays where it is, unacknowledged, and the others go on.
            Waits(queue, failure);
            return false;
        }

        Task PublishAsync(IChannel channel) => ConfirmAsync(
            channel, queue, channel.BasicPublishAsync(exchange: "", queue, mandatory: true, properties, body, cancellationToken).AsTask(), cancellationToken);
    }

    private async Task ConfirmAsync(IChannel channel, string queue, Task publishing, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await publishing.WaitAsync(LongestPublish, time, cancellationToken);
                return;
            }
            catch (TimeoutException slow) when (channel.IsOpen)
            {
                // The broker has not read it yet, as in an alarm. Sent once more it would be there twice.
                Waits(queue, slow);
            }
        }
    }

    private void Waits(string queue, Exception reason)
    {
        if (Interlocked.Exchange(ref _waiting, 1) == 0)
        {
            Log.MoveWaits(logger, queue, reason);
        }
    }

    private async Task<IChannel> OpenAsync(CancellationToken cancellationToken)
    {
        if (_channel is { IsOpen: true } open)
        {
            return open;
        }

        await _opening.WaitAsync(cancellationToken);
        try
        {
            if (_channel is { IsOpen: true } opened)
            {
                return opened;
            }

            if (_channel is { } closed)
            {
                _channel = null;
                await BrokerConnection.EndAsync(closed, time);
            }

            return _channel = await connection.OpenChannelAsync(hasConfirms: true, cancellationToken);
        }
        finally
        {
            _opening.Release();
        }
    }
}
