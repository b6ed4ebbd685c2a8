using System.Text;
using Gateway.Contracts;
using MassTransit;
using RabbitMQ.Client;

namespace Gateway.Benchmarks;

/// <summary>Fills the queue <c>webhooks</c> with persistent messages, each one confirmed by the broker.</summary>
internal static class WebhookBacklog
{
    private const string Queue = "webhooks";

    // Confirms come in batches, so that many messages must be on their way at once; four channels share the work of two cores.
    private const int InFlight = 256;
    private const int Channels = 4;

    public const int MostInFlight = InFlight * Channels;

    /// <summary>
    /// Queues <paramref name="count"/> deliveries, to the merchants in turn. The queue must exist: its arguments are the worker's
    /// affair, and a message that finds no queue is an error.
    /// </summary>
    public static async Task FillAsync(Uri rabbitMq, IReadOnlyList<Guid> merchants, int count, MessageFormat format, CancellationToken cancellationToken)
    {
        await using var connection = await new ConnectionFactory { Uri = rabbitMq }.CreateConnectionAsync(cancellationToken);
        var next = -1;
        await Task.WhenAll(Enumerable.Range(0, Channels).Select(async _ =>
        {
            await using var channel = await connection.CreateChannelAsync(
                new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true), cancellationToken);
            var confirms = new List<Task>(InFlight);
            while (Interlocked.Increment(ref next) is var index && index < count)
            {
                confirms.Add(PublishAsync(channel, Guid.CreateVersion7(), merchants[index % merchants.Count], format, cancellationToken).AsTask());
                if (confirms.Count == InFlight)
                {
                    await Task.WhenAll(confirms);
                    confirms.Clear();
                }
            }

            await Task.WhenAll(confirms);
        }));
    }

    /// <summary>Publishes deliveries evenly, to the merchants in turn, and returns when the broker has confirmed them.</summary>
    /// <param name="rabbitMq">The broker.</param>
    /// <param name="merchants">At least one.</param>
    /// <param name="perSecond">How many a second.</param>
    /// <param name="count">How many in all.</param>
    /// <param name="publishing">Told each delivery's id just before it is published.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task PublishEvenlyAsync(
        Uri rabbitMq, IReadOnlyList<Guid> merchants, int perSecond, int count, Action<Guid> publishing, CancellationToken cancellationToken)
    {
        await using var connection = await new ConnectionFactory { Uri = rabbitMq }.CreateConnectionAsync(cancellationToken);
        await using var channel = await connection.CreateChannelAsync(
            new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true), cancellationToken);
        // A timer does not tick more often than every few milliseconds.
        var perTick = Math.Max(5, perSecond / 100);
        using var tick = new PeriodicTimer(TimeSpan.FromSeconds((double)perTick / perSecond));
        var confirms = new List<Task>(count);
        while (confirms.Count < count)
        {
            await tick.WaitForNextTickAsync(cancellationToken);
            for (var i = 0; i < perTick && confirms.Count < count; i++)
            {
                var id = Guid.CreateVersion7();
                publishing(id);
                var merchant = merchants[confirms.Count % merchants.Count];
                confirms.Add(PublishAsync(channel, id, merchant, MessageFormat.Envelope, cancellationToken).AsTask());
            }
        }

        await Task.WhenAll(confirms);
    }

    /// <summary>The message as the contract has it, JSON.</summary>
    public static string MessageOf(string delivery, string merchant, int attempt) =>
        $$"""{"delivery_id":"{{delivery}}","merchant_id":"{{merchant}}","event":"{{WebhookSample.Event}}","payload":{{WebhookSample.Payload}},"attempt":{{attempt}},"occurred_at":"{{WebhookSample.OccurredAt}}"}""";

    public static ValueTask PublishAsync(IChannel channel, Guid delivery, Guid merchant, MessageFormat format, CancellationToken cancellationToken)
    {
        var message = MessageOf(delivery.ToString(), merchant.ToString(), attempt: 0);
        var properties = new BasicProperties { Persistent = true, MessageId = delivery.ToString(), ContentType = "application/json" };
        if (format == MessageFormat.Envelope)
        {
            var type = MessageUrn.ForTypeString<DeliverWebhook>();
            var now = TimeProvider.System.GetUtcNow();
            message =
                $$$"""{"messageId":"{{{delivery}}}","conversationId":"{{{Guid.CreateVersion7()}}}","messageType":["{{{type}}}"],"message":{{{message}}},"sentTime":"{{{now:O}}}","headers":{},"host":{"machineName":"gateway","processName":"gateway","processId":1,"assembly":"gateway","frameworkVersion":"10.0.0","massTransitVersion":"8.5.12"}}""";
            properties.ContentType = "application/vnd.masstransit+json";
        }

        // Only the exchange leads to all partitions.
        var (exchange, routingKey) = BenchmarkEnvironment.Partitions > 1 ? (Queue, "") : ("", Queue);
        return channel.BasicPublishAsync(exchange, routingKey, mandatory: true, properties, Encoding.UTF8.GetBytes(message), cancellationToken);
    }
}
