using Gateway.Worker.Bus;
using RabbitMQ.Client;

namespace Gateway.Worker.Outbox;

/// <summary>Tells a broker that takes no messages from one that does not take a certain one.</summary>
public sealed class BrokerProbe(RabbitMqOptions options, TimeProvider time) : IAsyncDisposable
{
    private readonly BrokerConnection _connection = new(options, "probing", time);

    /// <summary>Publishes an empty message that leads nowhere, which every broker confirms that takes messages at all.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<bool> IsConfirmedAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var channel = await _connection.OpenChannelAsync(hasConfirms: true, cancellationToken);
            await channel.BasicPublishAsync("", "gateway.nowhere", ReadOnlyMemory<byte>.Empty, cancellationToken);
            return true;
        }
        catch (Exception exception) when (exception is OperationCanceledException or TimeoutException || BrokerFailure.IsCauseOf(exception))
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _connection.DisposeAsync();
}
