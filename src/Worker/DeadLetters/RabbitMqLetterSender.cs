using Gateway.Worker.Bus;

namespace Gateway.Worker.DeadLetters;

/// <summary>Publishes with confirms, many at once.</summary>
internal sealed class RabbitMqLetterSender(RabbitMqOptions options, GatewayQueues queues, TimeProvider time)
    : ILetterSender, IAsyncDisposable
{
    private readonly DirectPublisher _publisher = new(options, "requeueing", time);

    public async Task<IReadOnlyList<Exception?>> SendAsync(IReadOnlyList<RequeuedMessage> messages, CancellationToken cancellationToken)
    {
        await _publisher.ConnectAsync(cancellationToken);
        return await Task.WhenAll(messages.Select(message => TrySendAsync(message, cancellationToken)));
    }

    public ValueTask DisposeAsync() => _publisher.DisposeAsync();

    private async Task<Exception?> TrySendAsync(RequeuedMessage message, CancellationToken cancellationToken)
    {
        try
        {
            await _publisher.PublishAsync(
                queues.RouteTo(message.Destination), message.Properties, message.Body, cancellationToken);
            return null;
        }
        catch (Exception failure)
        {
            return failure;
        }
    }
}
