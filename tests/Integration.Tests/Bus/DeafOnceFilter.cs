using MassTransit;
using MassTransit.RabbitMqTransport;
using RabbitMQ.Client;

namespace Gateway.Integration.Tests.Bus;

/// <summary>
/// Keeps from a consumer that it may begin, the first time, and has the broker close the channel: as when a connection breaks in the moment
/// in which it begins.
/// </summary>
/// <param name="fault">What the client tells then; null when it says nothing.</param>
internal sealed class DeafOnceFilter(Exception? fault) : IFilter<ChannelContext>
{
    private int _begun;

    /// <summary>How often a consumer was to begin.</summary>
    public int Begun => Volatile.Read(ref _begun);

    public Task Send(ChannelContext context, IPipe<ChannelContext> next) => next.Send(new DeafOnceChannel(context, this, fault));

    public void Probe(ProbeContext context) => context.CreateFilterScope("deafOnce");

    private sealed class DeafOnceChannel(ChannelContext channel, DeafOnceFilter filter, Exception? fault)
        : SharedChannelContext(channel, channel.CancellationToken), ChannelContext
    {
        public new async Task<string> BasicConsume(
            string queue,
            bool noAck,
            bool exclusive,
            IDictionary<string, object> arguments,
            IAsyncBasicConsumer consumer,
            string consumerTag,
            CancellationToken cancellationToken)
        {
            if (Interlocked.Increment(ref filter._begun) > 1)
            {
                return await base.BasicConsume(queue, noAck, exclusive, arguments, consumer, consumerTag, cancellationToken);
            }

            var tag = await base.BasicConsume(
                queue, noAck, exclusive, arguments, new AsyncDefaultBasicConsumer(Channel), consumerTag, cancellationToken);
            await Channel.CloseByBrokerAsync(cancellationToken);
            return fault is null ? tag : throw fault;
        }
    }
}
