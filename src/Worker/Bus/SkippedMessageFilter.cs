using MassTransit;
using MassTransit.Transports;

namespace Gateway.Worker.Bus;

/// <summary>Moves a message that no consumer of its queue takes to the skipped queue, and says so in <c>MT-Reason</c>, where MassTransit says <c>dead-letter</c>.</summary>
internal sealed class SkippedMessageFilter : IFilter<ReceiveContext>
{
    public async Task Send(ReceiveContext context, IPipe<ReceiveContext> next)
    {
        if (!context.TryGetPayload(out IDeadLetterTransport? transport))
        {
            throw new TransportException(context.InputAddress, "The transport has no queue for skipped messages.");
        }

        await transport.Send(context, "no consumer of this queue takes messages of this type");
        await next.Send(context);
    }

    public void Probe(ProbeContext context) => context.CreateFilterScope("skippedMessage");
}
