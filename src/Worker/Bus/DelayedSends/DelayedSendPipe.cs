using System.Globalization;
using MassTransit;
using MassTransit.Transports;

namespace Gateway.Worker.Bus.DelayedSends;

/// <summary>Directs a message to its delay queue after the caller's own pipe has had its say.</summary>
internal sealed class DelayedSendPipe<T>(IPipe<SendContext<T>> callerPipe, Guid tokenId, Uri destination, DelayStep step, TimeSpan expiry)
    : IPipe<SendContext<T>>, ISendPipe
    where T : class
{
    /// <summary>Names this send; the caller's pipe may have chosen another.</summary>
    public Guid TokenId { get; private set; } = tokenId;

    public async Task Send(SendContext<T> context)
    {
        context.ScheduledMessageId = TokenId;
        if (callerPipe.IsNotEmpty())
        {
            await callerPipe.Send(context);
        }

        TokenId = context.ScheduledMessageId ?? TokenId;
        context.Headers.Set(MessageHeaders.SchedulingTokenId, TokenId.ToString("D"));
        context.DestinationAddress = destination;
        context.Durable = true;

        // A time to live would be written into the envelope and replace the expiry below, so the message would leave its delay queue
        // at the wrong time. A redelivered message brings the rest of the one it was published with.
        context.TimeToLive = null;

        var rabbitMq = context.GetPayload<RabbitMqSendContext>();
        rabbitMq.RoutingKey = step.QueueName;
        rabbitMq.BasicProperties.Expiration = expiry.TotalMilliseconds.ToString("F0", CultureInfo.InvariantCulture);

        // The send ends with the broker's confirm, and fails when the delay queue is missing.
        rabbitMq.AwaitAck = true;
        rabbitMq.Mandatory = true;
    }

    public Task Send<TMessage>(SendContext<TMessage> context)
        where TMessage : class =>
        callerPipe is ISendContextPipe pipe ? pipe.Send(context) : Task.CompletedTask;

    public void Probe(ProbeContext context) => callerPipe.Probe(context);
}
