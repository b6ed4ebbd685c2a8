using System.Net.Mime;
using MassTransit;
using MassTransit.Serialization;

namespace Gateway.Worker.Bus.Envelopes;

/// <summary>
/// Reads MassTransit's JSON envelopes (<see href="https://masstransit.io/documentation/concepts/messages#message-envelope"/>) in one pass,
/// and the message in it once, as what its consumer wants. The library's own reader goes through each message three times, which is a
/// tenth of all that a webhook costs. Whatever is out of the ordinary is left to the library, with the errors that it has for it.
/// </summary>
internal sealed class EnvelopeDeserializer : IMessageDeserializer, ISerializerFactory
{
    private readonly SystemTextJsonMessageSerializer _library = new();

    /// <inheritdoc cref="IMessageDeserializer.ContentType"/>
    public ContentType ContentType => _library.ContentType;

    /// <inheritdoc/>
    public IMessageSerializer CreateSerializer() => _library;

    /// <inheritdoc/>
    public IMessageDeserializer CreateDeserializer() => this;

    /// <inheritdoc/>
    public ConsumeContext Deserialize(ReceiveContext receiveContext) =>
        new CheckedConsumeContext(
            receiveContext, Deserialize(receiveContext.Body, receiveContext.TransportHeaders, receiveContext.InputAddress));

    /// <inheritdoc/>
    public SerializerContext Deserialize(MessageBody body, Headers headers, Uri? destinationAddress = null)
    {
        var json = ByteOrderMark.Skip(body);
        return Envelope.Read(json.GetBytes()) is { } envelope
            ? new EnvelopeContext(_library, envelope)
            : _library.Deserialize(json, headers, destinationAddress);
    }

    /// <inheritdoc/>
    public MessageBody GetMessageBody(string text) => _library.GetMessageBody(text);

    /// <inheritdoc/>
    public void Probe(ProbeContext context) => _library.Probe(context);
}
