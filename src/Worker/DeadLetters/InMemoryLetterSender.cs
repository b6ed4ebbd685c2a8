using System.Net.Mime;
using MassTransit;

namespace Gateway.Worker.DeadLetters;

/// <summary>Sends over the bus of embedded mode, byte for byte.</summary>
internal sealed class InMemoryLetterSender(IBus bus) : ILetterSender
{
    public async Task<IReadOnlyList<Exception?>> SendAsync(IReadOnlyList<RequeuedMessage> messages, CancellationToken cancellationToken)
    {
        foreach (var message in messages)
        {
            var queue = await bus.GetSendEndpoint(new Uri("queue:" + message.Destination));
            await queue.Send(message, Pipe.Execute<SendContext<RequeuedMessage>>(send => Describe(send, message)), cancellationToken);
        }

        return new Exception?[messages.Count];
    }

    private static void Describe(SendContext send, RequeuedMessage message)
    {
        send.MessageId = Guid.TryParse(message.Properties.MessageId, out var id) ? id : message.Letter.LetterId;
        send.Serializer = new VerbatimSerializer(message);
        foreach (var (name, value) in message.Properties.Headers!)
        {
            send.Headers.Set(name, value, overwrite: true);
        }
    }

    private sealed class VerbatimSerializer(RequeuedMessage message) : IMessageSerializer
    {
        public ContentType ContentType { get; } = new(message.Properties.ContentType ?? MediaTypeNames.Application.Json);

        public MessageBody GetMessageBody<T>(SendContext<T> context)
            where T : class => new BytesMessageBody(message.Body);
    }
}
