using System.Globalization;
using MassTransit;
using MassTransit.Transports;

namespace Gateway.Worker.Bus;

/// <summary>
/// Moves a message that no consumer of its queue takes to the skipped queue, and says when and why. In memory MassTransit's own transport
/// moves it; on RabbitMQ it is not to be sent by the channel that consumes.
/// </summary>
internal sealed class SkippedQueueFilter(MessageMover? mover, TimeProvider time) : IFilter<ReceiveContext>
{
    private const string Reason = "no consumer of this queue takes messages of this type";

    public async Task Send(ReceiveContext context, IPipe<ReceiveContext> next)
    {
        if (mover is not null)
        {
            await mover.MoveAsync(context, QueueNames.SkippedOf(QueueNames.JobQueueOf(context.InputAddress)), headers =>
            {
                headers.Set(MessageHeaders.Reason, Reason);
                headers.Set(MessageHeaders.FaultTimestamp, time.GetUtcNow().UtcDateTime.ToString("O", CultureInfo.InvariantCulture));
            });
        }
        else if (context.TryGetPayload(out IDeadLetterTransport? transport))
        {
            await transport.Send(context, Reason);
        }
        else
        {
            throw new TransportException(context.InputAddress, "The transport has no queue for skipped messages.");
        }

        await next.Send(context);
    }

    public void Probe(ProbeContext context) => context.CreateFilterScope("skippedQueue");
}
