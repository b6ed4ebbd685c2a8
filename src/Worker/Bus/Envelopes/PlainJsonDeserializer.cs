using System.Net.Mime;
using MassTransit;
using MassTransit.Serialization;

namespace Gateway.Worker.Bus.Envelopes;

/// <summary>
/// Reads messages of services without MassTransit: plain JSON without an envelope, and often without a content type too. The reading is
/// the library's, the checks of what comes beside the message are ours.
/// </summary>
internal sealed class PlainJsonDeserializer : IMessageDeserializer, ISerializerFactory
{
    private readonly SystemTextJsonRawMessageSerializer _library =
        new(RawSerializerOptions.AnyMessageType | RawSerializerOptions.CopyHeaders);

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
    public SerializerContext Deserialize(MessageBody body, Headers headers, Uri? destinationAddress = null) =>
        _library.Deserialize(ByteOrderMark.Skip(body), headers, destinationAddress);

    /// <inheritdoc/>
    public MessageBody GetMessageBody(string text) => _library.GetMessageBody(text);

    /// <inheritdoc/>
    public void Probe(ProbeContext context) => _library.Probe(context);
}
