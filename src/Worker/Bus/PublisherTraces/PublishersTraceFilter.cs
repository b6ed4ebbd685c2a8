using MassTransit;
using MassTransit.RabbitMqTransport;

namespace Gateway.Worker.Bus.PublisherTraces;

/// <summary>Gives a receive endpoint a channel whose messages continue the traces of publishers that do not use MassTransit.</summary>
internal sealed class PublishersTraceFilter : IFilter<ChannelContext>
{
    /// <inheritdoc/>
    public Task Send(ChannelContext context, IPipe<ChannelContext> next) => next.Send(new PublishersTraceChannel(context));

    /// <inheritdoc/>
    public void Probe(ProbeContext context) => context.CreateFilterScope("publishersTrace");
}
