using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Gateway.Testing;
using Gateway.Testing.Servers;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace Gateway.Integration.Tests.Survival;

/// <summary>A service of the gateway that publishes plain JSON and waits for the broker's confirm, as a Go or Node service does.</summary>
public sealed class DeliveryPublisher(VirtualHost virtualHost, Guid merchantId) : IAsyncDisposable
{
    private const int InFlight = 100;

    private IConnection? _connection;
    private IChannel? _channel;

    /// <summary>Publishes new deliveries; each is confirmed when this returns.</summary>
    /// <returns>Their ids.</returns>
    public async Task<IReadOnlyList<Guid>> PublishAsync(int count, CancellationToken cancellationToken)
    {
        var channel = await OpenAsync(cancellationToken);
        var ids = Enumerable.Range(0, count).Select(_ => Guid.CreateVersion7()).ToArray();
        foreach (var some in ids.Chunk(InFlight))
        {
            await Task.WhenAll(some.Select(id => PublishAsync(channel, id, cancellationToken)));
        }

        return ids;
    }

    /// <summary>Publishes a new delivery and says whether the broker has confirmed it; false is an error that the publisher was told.</summary>
    public async Task<bool> TryPublishAsync(Guid id, CancellationToken cancellationToken)
    {
        try
        {
            await PublishAsync(await OpenAsync(cancellationToken), id, cancellationToken);
            return true;
        }
        catch (Exception error) when (error is RabbitMQClientException or IOException)
        {
            await CloseAsync();
            return false;
        }
    }

    /// <summary>Publishes a message of one of the worker's own types to its exchange, in an envelope as the worker does.</summary>
    public async Task PublishAsync(string type, JsonObject message, Guid messageId, CancellationToken cancellationToken)
    {
        var envelope = new JsonObject
        {
            ["messageId"] = messageId,
            ["messageType"] = new JsonArray($"urn:message:Gateway.Contracts:{type}"),
            ["message"] = message,
        };
        var channel = await OpenAsync(cancellationToken);
        var properties = new BasicProperties { Persistent = true, ContentType = "application/vnd.masstransit+json" };
        await channel.BasicPublishAsync(
            $"Gateway.Contracts:{type}", "", mandatory: true, properties, Encoding.UTF8.GetBytes(envelope.ToJsonString()), cancellationToken);
    }

    /// <summary>Publishes a new delivery without an id.</summary>
    /// <param name="messageId">The AMQP property; null for none.</param>
    /// <param name="timestamp">The AMQP property, unix seconds; null for none.</param>
    /// <param name="cancellationToken">Ends the wait for the confirm.</param>
    public async Task PublishUnnamedAsync(string? messageId, long? timestamp, CancellationToken cancellationToken)
    {
        var channel = await OpenAsync(cancellationToken);
        var message = MessageOf(Guid.Empty);
        message.Remove("delivery_id");
        var properties = new BasicProperties { Persistent = true, ContentType = "application/json", MessageId = messageId };
        if (timestamp is { } seconds)
        {
            properties.Timestamp = new AmqpTimestamp(seconds);
        }

        await channel.BasicPublishAsync(
            "Gateway.Contracts:DeliverWebhook", "", mandatory: true, properties, Encoding.UTF8.GetBytes(message.ToJsonString()), cancellationToken);
    }

    /// <summary>What each payload says beside the amount, to make it longer.</summary>
    public string? Note { get; set; }

    /// <summary>The merchant of the deliveries from now on.</summary>
    public Guid MerchantId { get; set; } = merchantId;

    /// <summary>The message of a delivery.</summary>
    public JsonObject MessageOf(Guid id) => new()
    {
        ["delivery_id"] = id,
        ["merchant_id"] = MerchantId,
        ["event"] = "payment.completed",
        ["payload"] = Note is null ? new JsonObject { ["amount"] = "12.50" } : new JsonObject { ["amount"] = "12.50", ["note"] = Note },
    };

    /// <summary>What waits in the queues now; queues with nothing are left out. Exact when no consumer is connected.</summary>
    public async Task<IReadOnlyDictionary<string, uint>> CountMessagesAsync(IEnumerable<string> queues, CancellationToken cancellationToken)
    {
        var counts = new SortedDictionary<string, uint>(StringComparer.Ordinal);
        foreach (var queue in queues)
        {
            var channel = await OpenAsync(cancellationToken);
            try
            {
                var declared = await channel.QueueDeclarePassiveAsync(queue, cancellationToken);
                if (declared.MessageCount > 0)
                {
                    counts[queue] = declared.MessageCount;
                }
            }
            catch (OperationInterruptedException error) when (error.ShutdownReason?.ReplyCode == Constants.NotFound)
            {
                // The queue is declared when it is first needed; the broker has closed the channel.
            }
        }

        return counts;
    }

    /// <summary>The same of all queues of the virtual host.</summary>
    public async Task<IReadOnlyDictionary<string, uint>> CountAllMessagesAsync(CancellationToken cancellationToken)
    {
        var queues = await virtualHost.Server.Management.GetFromJsonAsync<JsonArray>(
            $"api/queues/{virtualHost.Name}?columns=name", cancellationToken);
        return await CountMessagesAsync([.. queues!.Select(queue => (string)queue!["name"]!)], cancellationToken);
    }

    /// <summary>How many consumers a queue has now.</summary>
    public async Task<uint> CountConsumersAsync(string queue, CancellationToken cancellationToken)
    {
        var channel = await OpenAsync(cancellationToken);
        return (await channel.QueueDeclarePassiveAsync(queue, cancellationToken)).ConsumerCount;
    }

    /// <summary>Takes all messages out of a queue to which no consumer is connected.</summary>
    /// <returns>The deliveries that they are about; the same one as often as it is there.</returns>
    public async Task<IReadOnlyList<Guid>> ReadAllAsync(string queue, CancellationToken cancellationToken)
    {
        var channel = await OpenAsync(cancellationToken);
        var left = await channel.MessageCountAsync(queue, cancellationToken);
        var deliveries = new List<Guid>((int)left);
        var all = new TaskCompletionSource();
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += (_, message) =>
        {
            deliveries.Add(JsonNode.Parse(message.Body.Span)!["delivery_id"]!.GetValue<Guid>());
            if (deliveries.Count == left)
            {
                all.SetResult();
            }

            return Task.CompletedTask;
        };
        if (left > 0)
        {
            await channel.BasicConsumeAsync(queue, autoAck: true, consumer, cancellationToken);
            await all.Task.WaitAsync(Eventually.Patience, cancellationToken);
        }

        return deliveries;
    }

    public async ValueTask DisposeAsync() => await CloseAsync();

    private async Task PublishAsync(IChannel channel, Guid id, CancellationToken cancellationToken) => await channel.BasicPublishAsync(
        "Gateway.Contracts:DeliverWebhook",
        "",
        mandatory: true,
        new BasicProperties { Persistent = true, ContentType = "application/json" },
        Encoding.UTF8.GetBytes(MessageOf(id).ToJsonString()),
        cancellationToken);

    private async Task<IChannel> OpenAsync(CancellationToken cancellationToken)
    {
        if (_channel is { IsOpen: true } open)
        {
            return open;
        }

        await CloseAsync();
        var broker = new ConnectionFactory { Uri = virtualHost.Uri, AutomaticRecoveryEnabled = false };
        _connection = await broker.CreateConnectionAsync(cancellationToken);
        var confirms = new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true);
        return _channel = await _connection.CreateChannelAsync(confirms, cancellationToken);
    }

    private async Task CloseAsync()
    {
        if (_connection is { } connection)
        {
            (_connection, _channel) = (null, null);
            await connection.DisposeAsync();
        }
    }
}
