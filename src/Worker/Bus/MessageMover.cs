using MassTransit;
using MassTransit.RabbitMqTransport;
using RabbitMQ.Client;
using PublishException = RabbitMQ.Client.Exceptions.PublishException;

namespace Gateway.Worker.Bus;

/// <summary>
/// Moves messages to an error or skipped queue, on a connection that publishes. MassTransit would do so on the channel that consumes, which
/// must never wait for the broker to take messages.
/// </summary>
public sealed class MessageMover(RabbitMqOptions options, TimeProvider time, ILogger<MessageMover> logger) : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly DirectPublisher _publisher = new(options, "moving", time);
    private int _waiting;

    /// <summary>Moves a message. Returns with the broker's confirm, for which it waits as long as the message may.</summary>
    /// <param name="context">The message.</param>
    /// <param name="queue">Where it goes.</param>
    /// <param name="describe">Writes what the message says there beside what it said before.</param>
    /// <exception cref="OperationCanceledException">The message's channel has closed, or the worker stops.</exception>
    public async Task MoveAsync(ReceiveContext context, string queue, Action<SendHeaders> describe)
    {
        var properties = Describe(context, describe);
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
    public ValueTask DisposeAsync() => _publisher.DisposeAsync();

    private static BasicProperties Describe(ReceiveContext context, Action<SendHeaders> describe)
    {
        var properties = context.TryGetPayload(out RabbitMqBasicConsumeContext? message)
            ? new BasicProperties(message.Properties)
            : new BasicProperties();
        properties.ClearExpiration();
        properties.Headers = properties.Headers is { } headers ? new Dictionary<string, object?>(headers) : [];
        var sent = new MoveTransportHeaders(properties);
        sent.SetHostHeaders();
        describe(sent);
        return properties;
    }

    private async Task<bool> TryPublishAsync(string queue, BasicProperties properties, byte[] body, CancellationToken cancellationToken)
    {
        try
        {
            try
            {
                await _publisher.PublishAsync(PublishRoute.ToQueue(queue), properties, body, cancellationToken);
            }
            catch (PublishException returned) when (returned.IsReturn)
            {
                await _publisher.DeclareAsync(queue, cancellationToken);
                await _publisher.PublishAsync(PublishRoute.ToQueue(queue), properties, body, cancellationToken);
            }

            return true;
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested
            && (failure is OperationCanceledException || BrokerFailure.IsCauseOf(failure)))
        {
            // It stays where it is, unacknowledged, and the others go on.
            if (Interlocked.Exchange(ref _waiting, 1) == 0)
            {
                Log.MoveWaits(logger, queue, failure);
            }

            return false;
        }
    }
}
