using System.Globalization;
using MassTransit;
using MassTransit.Context;
using MassTransit.Transports;
using RabbitMQ.Client;

namespace Gateway.Worker.Bus;

/// <summary>
/// Moves a message that no consumer of its queue takes to the skipped queue, and says so in <c>MT-Reason</c>, where MassTransit says
/// <c>dead-letter</c>. It says when that was, as it does of a message that failed, and that the message does not expire any more.
/// </summary>
internal sealed class SkippedMessageFilter(TimeProvider time) : IFilter<ReceiveContext>
{
    public async Task Send(ReceiveContext context, IPipe<ReceiveContext> next)
    {
        if (!context.TryGetPayload(out IDeadLetterTransport? transport))
        {
            throw new TransportException(context.InputAddress, "The transport has no queue for skipped messages.");
        }

        var skipped = context.TryGetPayload(out RabbitMqBasicConsumeContext? message)
            ? new SkippedMessage(context, message, time.GetUtcNow())
            : context;
        await transport.Send(skipped, "no consumer of this queue takes messages of this type");
        await next.Send(context);
    }

    public void Probe(ProbeContext context) => context.CreateFilterScope("skippedMessage");

    private sealed class SkippedMessage(ReceiveContext context, RabbitMqBasicConsumeContext message, DateTimeOffset now)
        : ReceiveContextProxy(context), RabbitMqBasicConsumeContext
    {
        public string Exchange => message.Exchange;

        public string? RoutingKey => message.RoutingKey;

        public string ConsumerTag => message.ConsumerTag;

        public ulong DeliveryTag => message.DeliveryTag;

        public IReadOnlyBasicProperties Properties { get; } = new BasicProperties(message.Properties)
        {
            Expiration = null,
            Headers = new Dictionary<string, object?>(message.Properties.Headers ?? new Dictionary<string, object?>())
            {
                [MessageHeaders.FaultTimestamp] = now.UtcDateTime.ToString("O", CultureInfo.InvariantCulture),
            },
        };

        public override bool TryGetPayload<TPayload>(out TPayload payload)
        {
            if (this is TPayload mine)
            {
                payload = mine;
                return true;
            }

            return base.TryGetPayload(out payload);
        }
    }
}
