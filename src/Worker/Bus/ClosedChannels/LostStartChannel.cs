using MassTransit;
using MassTransit.RabbitMqTransport;
using RabbitMQ.Client;

namespace Gateway.Worker.Bus.ClosedChannels;

/// <summary>The channel of a receive endpoint, which remembers its consumer.</summary>
internal sealed class LostStartChannel(ChannelContext channel) : SharedChannelContext(channel, channel.CancellationToken), ChannelContext
{
    private volatile IAgent? _consumer;

    /// <summary>Whether the consumer has heard that it may begin. It then ends by itself when the channel closes.</summary>
    public bool HasBegun => _consumer is { Ready.IsCompleted: true };

    /// <inheritdoc/>
    public new Task<string> BasicConsume(
        string queue,
        bool noAck,
        bool exclusive,
        IDictionary<string, object> arguments,
        IAsyncBasicConsumer consumer,
        string consumerTag,
        CancellationToken cancellationToken)
    {
        _consumer = consumer as IAgent;
        return base.BasicConsume(queue, noAck, exclusive, arguments, consumer, consumerTag, cancellationToken);
    }
}
