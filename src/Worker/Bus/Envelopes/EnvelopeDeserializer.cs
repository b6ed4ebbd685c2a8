using System.Net.Mime;
using System.Runtime.Serialization;
using System.Text.Json;
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
        var bytes = json.GetBytes();
        if (Envelope.Read(bytes) is { } envelope)
        {
            return new EnvelopeContext(_library, envelope);
        }

        // The library says of this that an operation is not valid.
        return LacksMessage(bytes)
            ? throw new SerializationException(
                $"Its content type {ContentType} says that it is an envelope of MassTransit, and that has no message. "
                + "Plain JSON goes with application/json")
            : _library.Deserialize(json, headers, destinationAddress);
    }

    /// <inheritdoc/>
    public MessageBody GetMessageBody(string text) => _library.GetMessageBody(text);

    /// <inheritdoc/>
    public void Probe(ProbeContext context) => _library.Probe(context);

    private static bool LacksMessage(byte[] body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            return json.RootElement.ValueKind == JsonValueKind.Object && !json.RootElement.EnumerateObject().Any(property =>
                property.Name.Equals("message", StringComparison.OrdinalIgnoreCase) && property.Value.ValueKind != JsonValueKind.Null);
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
