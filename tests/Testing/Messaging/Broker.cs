using System.Threading.Channels;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;
using Xunit;

namespace Gateway.Testing.Messaging;

/// <summary>RabbitMQ as a service without MassTransit sees it, and as an operator who looks into its queues.</summary>
public sealed class Broker : IAsyncDisposable
{
    private readonly Uri _uri;
    private readonly IConnection _connection;
    private readonly IChannel _publishing;

    private Broker(Uri uri, IConnection connection, IChannel publishing)
    {
        _uri = uri;
        _connection = connection;
        _publishing = publishing;
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Connects.</summary>
    public static async Task<Broker> Connect(Uri uri)
    {
        var connection = await new ConnectionFactory { Uri = uri }.CreateConnectionAsync(Cancellation);
        var confirms = new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true);
        return new Broker(uri, connection, await connection.CreateChannelAsync(confirms, Cancellation));
    }

    /// <summary>Returns when the broker has confirmed it; fails when no queue would get it.</summary>
    public async Task Publish(string exchange, string routingKey, ReadOnlyMemory<byte> body, BasicProperties properties) =>
        await _publishing.BasicPublishAsync(exchange, routingKey, mandatory: true, properties, body, Cancellation);

    /// <summary>Binds a queue to the exchange of an event, as its subscribers do. What is published from now on comes.</summary>
    public async Task<Subscription> Subscribe<TEvent>()
    {
        var exchange = $"Gateway.Contracts:{typeof(TEvent).Name}";
        var arrived = Channel.CreateUnbounded<BrokerMessage>();
        // Lives as long as the connection.
        var channel = await _connection.CreateChannelAsync(cancellationToken: Cancellation);
        await channel.ExchangeDeclareAsync(exchange, ExchangeType.Fanout, durable: true, autoDelete: false, cancellationToken: Cancellation);
        var queue = await channel.QueueDeclareAsync(cancellationToken: Cancellation);
        await channel.QueueBindAsync(queue.QueueName, exchange, routingKey: "", cancellationToken: Cancellation);
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += async (_, e) =>
            await arrived.Writer.WriteAsync(new BrokerMessage(e.Body.ToArray(), new BasicProperties(e.BasicProperties)), e.CancellationToken);
        await channel.BasicConsumeAsync(queue.QueueName, autoAck: true, consumer, Cancellation);
        return new Subscription(arrived.Reader, exchange);
    }

    /// <summary>Takes away the way from an exchange to another, such as that of a queue.</summary>
    public async Task Unbind(string from, string to) =>
        await _publishing.ExchangeUnbindAsync(to, from, routingKey: "", cancellationToken: Cancellation);

    /// <summary>The messages that are ready in a queue; they stay there. A queue that nobody needed yet has none.</summary>
    public async Task<IReadOnlyList<BrokerMessage>> Peek(string queue)
    {
        var messages = new List<BrokerMessage>();
        // Closing it puts the messages back, since none is acknowledged. The connection is its own, because a look at a quorum queue
        // that is just being made costs the connection: "INTERNAL_ERROR - Cannot get a message from queue: noproc".
        await using var connection = await new ConnectionFactory { Uri = _uri }.CreateConnectionAsync(Cancellation);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: Cancellation);
        try
        {
            while (await channel.BasicGetAsync(queue, autoAck: false, Cancellation) is { } message)
            {
                messages.Add(new BrokerMessage(message.Body.ToArray(), new BasicProperties(message.BasicProperties)));
            }
        }
        catch (OperationInterruptedException e) when (e.ShutdownReason?.ReplyCode is Constants.NotFound or Constants.InternalError)
        {
            return [];
        }

        return messages;
    }

    /// <summary>How many messages are ready in a queue that exists.</summary>
    public async Task<uint> CountOf(string queue) => await _publishing.MessageCountAsync(queue, Cancellation);

    /// <summary>Forgets the messages that are ready in a queue, as a broker does that has lost its disk.</summary>
    public async Task Purge(string queue) => await _publishing.QueuePurgeAsync(queue, Cancellation);

    /// <summary>Waits until a message is in a queue, and leaves it there.</summary>
    public async Task<BrokerMessage> WaitUntilFoundAsync(string queue, Func<BrokerMessage, bool> isIt)
    {
        var messages = await Eventually.Read(
            async () => (await Peek(queue)).Where(isIt).ToArray(), found => found.Length > 0, $"the message is in {queue}");
        return Assert.Single(messages);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _publishing.DisposeAsync();
        await _connection.DisposeAsync();
    }
}
