using MassTransit.RabbitMqTransport;
using RabbitMQ.Client;

namespace Gateway.Worker.Bus.PublisherTraces;

/// <summary>The channel of a receive endpoint, which puts <see cref="PublishersTraceConsumer"/> before the endpoint's consumer.</summary>
internal sealed class PublishersTraceChannel(ChannelContext channel)
    : SharedChannelContext(channel, channel.CancellationToken), ChannelContext
{
    /// <inheritdoc/>
    public new Task<string> BasicConsume(
        string queue,
        bool noAck,
        bool exclusive,
        IDictionary<string, object?> arguments,
        IAsyncBasicConsumer consumer,
        string consumerTag,
        CancellationToken cancellationToken) =>
        base.BasicConsume(queue, noAck, exclusive, arguments, new PublishersTraceConsumer(consumer), consumerTag, cancellationToken);
}
