using Gateway.Worker.Bus;
using MassTransit.Serialization;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Gateway.Worker.Webhooks.Waiting;

/// <summary>
/// Sends as plain JSON, straight to the queues, on a channel with confirms: many are on their way at once. A message is not built up by the
/// bus again, because it lies ready as it was recorded.
/// </summary>
internal sealed class RabbitMqReleasePublisher(BrokerConnection connection, TimeProvider time) : IReleasePublisher, IAsyncDisposable
{
    // When a connection breaks, the client forgets the confirms that are due (rabbitmq-dotnet-client issue 1930).
    private static readonly TimeSpan LongestPublish = TimeSpan.FromSeconds(20);

    private IChannel? _channel;

    public async Task ConnectAsync(CancellationToken cancellationToken)
    {
        if (_channel is { IsOpen: true })
        {
            return;
        }

        await DisposeAsync();
        _channel = await connection.OpenChannelAsync(hasConfirms: true, cancellationToken);
    }

    public async Task<IReadOnlyList<OutgoingWebhook>> SendAsync(IReadOnlyList<OutgoingWebhook> webhooks, CancellationToken cancellationToken)
    {
        var channel = _channel ?? throw new InvalidOperationException("Connect first");
        var sending = webhooks.Select(webhook => TrySendAsync(channel, webhook, cancellationToken)).ToArray();
        var sent = await Task.WhenAll(sending);
        return [.. webhooks.Where((_, index) => sent[index])];
    }

    public async ValueTask DisposeAsync()
    {
        if (_channel is { } channel)
        {
            _channel = null;
            await BrokerConnection.EndAsync(channel, time);
        }
    }

    private async Task<bool> TrySendAsync(IChannel channel, OutgoingWebhook webhook, CancellationToken cancellationToken)
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
            await channel.BasicPublishAsync(exchange: "", webhook.Queue, mandatory: true, properties, webhook.Entry.Message, cancellationToken)
                .AsTask().WaitAsync(LongestPublish, time, cancellationToken);
            return true;
        }
        catch (Exception exception) when (
            exception is PublishException or OperationInterruptedException or IOException or TimeoutException or ObjectDisposedException or OperationCanceledException)
        {
            // It may have been sent all the same: a second message for the same attempt is known by the register and the job log.
            return false;
        }
    }
}
