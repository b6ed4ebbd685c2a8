using MassTransit;
using MassTransit.RabbitMqTransport;
using MassTransit.Transports;

namespace Gateway.Worker.Bus.ClosedChannels;

/// <summary>
/// Ends a message when its channel is closed, whatever its consumer still waits for: MassTransit does not consume the queue again before
/// all of them have ended. For consumers whose work may be done a second time while the first goes on.
/// </summary>
internal sealed class EndWithChannelFilter : IFilter<ConsumeContext>
{
    /// <inheritdoc/>
    public Task Send(ConsumeContext context, IPipe<ConsumeContext> next)
    {
        if (context.TryGetPayload<ChannelContext>(out var channel) && channel.Channel.IsClosed)
        {
            // MassTransit has cancelled what was in hand when the channel closed, but not what the client hands out afterwards.
            (context.ReceiveContext as BaseReceiveContext)?.Cancel();
            return Task.FromCanceled(context.CancellationToken);
        }

        return next.Send(context).EndingWith(context.CancellationToken);
    }

    /// <inheritdoc/>
    public void Probe(ProbeContext context) => context.CreateFilterScope("endWithChannel");
}
