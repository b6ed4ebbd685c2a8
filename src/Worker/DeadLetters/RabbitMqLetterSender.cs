using Gateway.Worker.Bus;
using RabbitMQ.Client;

namespace Gateway.Worker.DeadLetters;

/// <summary>Publishes with confirms, many at once.</summary>
internal sealed class RabbitMqLetterSender(BrokerConnection connection, TimeProvider time) : ILetterSender
{
    // When a connection breaks, the client forgets the confirms that are due (rabbitmq-dotnet-client issue 1930).
    private static readonly TimeSpan LongestPublish = TimeSpan.FromSeconds(10);

    public async Task<IReadOnlyList<Exception?>> SendAsync(IReadOnlyList<RequeuedMessage> messages, CancellationToken cancellationToken)
    {
        await using var channel = await connection.OpenChannelAsync(hasConfirms: true, cancellationToken);
        return await Task.WhenAll(messages.Select(message => SendAsync(channel, message)));
    }

    private async Task<Exception?> SendAsync(IChannel channel, RequeuedMessage message)
    {
        try
        {
            var publishing = channel.BasicPublishAsync(
                exchange: "", message.Destination, mandatory: true, message.Properties, message.Body, CancellationToken.None);
            await publishing.AsTask().WaitAsync(LongestPublish, time, CancellationToken.None);
            return null;
        }
        catch (Exception failure)
        {
            return failure;
        }
    }
}
