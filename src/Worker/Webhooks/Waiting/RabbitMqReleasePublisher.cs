using Gateway.Worker.Bus;
using MassTransit.Serialization;
using RabbitMQ.Client;

namespace Gateway.Worker.Webhooks.Waiting;

/// <summary>
/// Sends as plain JSON, straight to the queues, many at once. A message is not built up by the bus again, because it lies ready as it was
/// recorded.
/// </summary>
internal sealed class RabbitMqReleasePublisher(RabbitMqOptions options, GatewayQueues queues, TimeProvider time)
    : IReleasePublisher, IAsyncDisposable
{
    private readonly DirectPublisher _publisher = new(options, "releasing", time);

    public bool OutlivesProcess => true;

    public Task ConnectAsync(CancellationToken cancellationToken) => _publisher.ConnectAsync(cancellationToken);

    public async Task<IReadOnlyList<OutgoingWebhook>> SendAsync(
        IReadOnlyList<OutgoingWebhook> webhooks, CancellationToken cancellationToken)
    {
        var sent = await Task.WhenAll(webhooks.Select(webhook => TrySendAsync(webhook, cancellationToken)));
        return [.. webhooks.Where((_, index) => sent[index])];
    }

    public ValueTask DisposeAsync() => _publisher.DisposeAsync();

    private async Task<bool> TrySendAsync(OutgoingWebhook webhook, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var properties = new BasicProperties
        {
            Persistent = true,
            Timestamp = new AmqpTimestamp(now.ToUnixTimeSeconds()),
            ContentType = SystemTextJsonRawMessageSerializer.JsonContentType.MediaType,
            MessageId = Guid.CreateVersion7(now).ToString(),
            Headers = webhook.Headers().ToDictionary(header => header.Name, header => (object?)header.Value),
        };
        try
        {
            await _publisher.PublishAsync(
                queues.RouteTo(webhook.Queue), properties, webhook.Entry.Message, cancellationToken);
            return true;
        }
        catch (Exception exception) when (exception is OperationCanceledException || BrokerFailure.IsCauseOf(exception))
        {
            // It may have been sent all the same: a second message for the same attempt is known by the register and the job log.
            return false;
        }
    }
}
