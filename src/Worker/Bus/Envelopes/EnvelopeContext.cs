using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Nodes;
using MassTransit.Serialization;

namespace Gateway.Worker.Bus.Envelopes;

/// <summary>Reads the message of an <see cref="Envelope"/> straight from its bytes; the rest is the library's.</summary>
internal sealed class EnvelopeContext(SystemTextJsonMessageSerializer serializer, Envelope envelope) : SystemTextJsonSerializerContext(
    serializer,
    SystemTextJsonMessageSerializer.Options,
    serializer.ContentType,
    new EnvelopeMessageContext(envelope, serializer),
    envelope.MessageType,
    envelope,
    // Or the library would ask for the message as JSON, which nobody wants.
    message: envelope)
{
    private readonly Envelope _envelope = envelope;

    /// <summary>The message as its publisher wrote it, UTF-8.</summary>
    public ReadOnlySpan<byte> Json => _envelope.MessageJson;

    /// <inheritdoc/>
    public override bool TryGetMessage<T>([NotNullWhen(true)] out T? message)
        where T : class
    {
        message = typeof(T) == typeof(JsonObject) || IsSupportedMessageType<T>()
            ? JsonSerializer.Deserialize<T>(_envelope.MessageJson, Options)
            : null;
        return message is not null;
    }

    /// <inheritdoc/>
    public override bool TryGetMessage(Type messageType, [NotNullWhen(true)] out object? message)
    {
        message = JsonSerializer.Deserialize(_envelope.MessageJson, messageType, Options);
        return message is not null;
    }
}
