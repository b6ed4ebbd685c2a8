using Gateway.Worker.Bus;
using RabbitMQ.Client;

namespace Gateway.Worker.Outbox;

/// <summary>Asks a broker how large a message may be, which it tells by closing the channel of a larger one.</summary>
public sealed class BrokerProbe(RabbitMqOptions options, TimeProvider time) : IAsyncDisposable
{
    // What MassTransit writes around a message's contract.
    private const int Envelope = 1_024;

    private readonly BrokerConnection _connection = new(options, "probing", time);

    /// <summary>Whether the broker takes no message of this size: one that leads nowhere is sent.</summary>
    /// <param name="bytes">The length of the contract.</param>
    /// <param name="cancellationToken">Gives up; then nothing is known.</param>
    public async Task<bool> RefusesAsync(int bytes, CancellationToken cancellationToken)
    {
        IChannel? channel = null;
        try
        {
            channel = await _connection.OpenChannelAsync(hasConfirms: true, cancellationToken);
            await channel.BasicPublishAsync("", "gateway.nowhere", new byte[bytes + Envelope], cancellationToken);
            return false;
        }
        catch (Exception exception) when (exception is OperationCanceledException or TimeoutException || BrokerFailure.IsCauseOf(exception))
        {
            return channel?.CloseReason is { ReplyCode: Constants.PreconditionFailed };
        }
        finally
        {
            if (channel is not null)
            {
                await channel.DisposeAsync();
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _connection.DisposeAsync();
}
