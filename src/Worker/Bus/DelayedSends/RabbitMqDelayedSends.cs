using Gateway.Worker.Bus.ClosedChannels;
using MassTransit;
using MassTransit.Scheduling;
using MassTransit.Transports;

namespace Gateway.Worker.Bus.DelayedSends;

/// <summary>
/// Sends messages that arrive later, with nothing but RabbitMQ's queues: a message waits in a durable delay queue of its destination
/// until its expiry, and the broker then moves it to the destination. What has been confirmed cannot be taken back.
/// </summary>
public sealed class RabbitMqDelayedSends : IScheduleMessageProvider
{
    private readonly DelayedDestinations _destinations;
    private readonly TimeProvider _time;
    private readonly IBus _bus;
    private readonly ConsumeContext? _consuming;

    /// <summary>Creates the delayed sends of one consumer, or of whoever sends outside of any.</summary>
    /// <param name="destinations">Where messages may wait.</param>
    /// <param name="time">The clock.</param>
    /// <param name="bus">The bus that sends them.</param>
    /// <param name="consuming">The message whose conversation and trace those that are sent carry on; null outside a consumer.</param>
    public RabbitMqDelayedSends(DelayedDestinations destinations, TimeProvider time, IBus bus, ConsumeContext? consuming = null) =>
        (_destinations, _time, _bus, _consuming) = (destinations, time, bus, consuming);

    /// <summary>
    /// Sends a message that arrives at <paramref name="scheduledTime"/> or up to a step later; at once when that time has passed.
    /// </summary>
    /// <returns>Completes with the broker's confirm.</returns>
    /// <exception cref="InvalidOperationException">The destination has no delay steps.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The delay is longer than the destination's longest step.</exception>
    /// <exception cref="MessageReturnedException">The broker has no queue for the message to wait in.</exception>
    public async Task<ScheduledMessage<T>> ScheduleSend<T>(
        Uri destinationAddress, DateTime scheduledTime, T message, IPipe<SendContext<T>> pipe, CancellationToken cancellationToken)
        where T : class
    {
        // The client forgets a confirm that is due when its connection breaks (rabbitmq-dotnet-client issue 1930): whoever waits for it
        // waits until told otherwise. A consumer's message is told, and comes again.
        var ends = cancellationToken.CanBeCanceled || _consuming is null ? cancellationToken : _consuming.CancellationToken;
        var steps = _destinations.For(destinationAddress);
        var delay = scheduledTime.ToUniversalTime() - _time.GetUtcNow().UtcDateTime;
        var tokenId = ScheduleTokenIdCache<T>.GetTokenId(message);
        if (delay <= TimeSpan.Zero)
        {
            var immediate = new ScheduleSendPipe<T>(pipe, scheduledTime) { ScheduledMessageId = tokenId };
            var destination = await _bus.GetSendEndpoint(destinationAddress);
            await destination.Send(message, OfConversation(immediate), ends).EndingWith(ends);
            return new ScheduledMessageHandle<T>(immediate.ScheduledMessageId ?? tokenId, scheduledTime, destinationAddress, message);
        }

        var (step, expiry) = steps.For(delay);
        var delayed = new DelayedSendPipe<T>(pipe, tokenId, destinationAddress, step, expiry);
        var sent = SendToDelayQueue(message, delayed, ends).EndingWith(ends);

        // A consumer's message is acknowledged after all that it sends, even what it does not await.
        _consuming?.AddConsumeTask(sent);
        await sent;
        return new ScheduledMessageHandle<T>(delayed.TokenId, scheduledTime, destinationAddress, message);
    }

    /// <summary>
    /// Does nothing: a message cannot be taken out of the middle of a queue. Who cancels must expect the message all the same,
    /// as a state machine does that compares the token or ignores what it no longer waits for.
    /// </summary>
    public Task CancelScheduledSend(Guid tokenId, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc cref="CancelScheduledSend(Guid, CancellationToken)"/>
    public Task CancelScheduledSend(Uri destinationAddress, Guid tokenId, CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task SendToDelayQueue<T>(T message, DelayedSendPipe<T> delayed, CancellationToken cancellationToken)
        where T : class
    {
        var exchange = await _bus.GetPublishSendEndpoint<DelayedSend>();
        var pipe = OfConversation(delayed);
        try
        {
            await exchange.Send(message, pipe, cancellationToken);
        }
        catch (MessageReturnedException)
        {
            // Somebody deleted the delay queue under the open channel. The failed send made MassTransit forget what it had declared,
            // so the next one declares it again; when that comes back too, the caller is told.
            await exchange.Send(message, pipe, cancellationToken);
        }
    }

    private IPipe<SendContext<T>> OfConversation<T>(IPipe<SendContext<T>> pipe)
        where T : class => _consuming is null ? pipe : new ConsumeSendPipeAdapter<T>(_consuming, pipe, null);
}
