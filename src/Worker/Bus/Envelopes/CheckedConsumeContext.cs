using System.Diagnostics.CodeAnalysis;
using Gateway.Contracts;
using MassTransit;
using MassTransit.Context;
using MassTransit.Serialization;

namespace Gateway.Worker.Bus.Envelopes;

/// <summary>
/// A message of which nothing that its publisher wrote beside the contract can break the delivery. The library reads ids, addresses and
/// headers when somebody asks, and throws when they are none: as a rule when the outcome of an attempt is announced, so after the merchant
/// has the webhook. Here they are absent then.
/// </summary>
internal sealed class CheckedConsumeContext(ReceiveContext receiveContext, SerializerContext message)
    : BodyConsumeContext(receiveContext, message)
{
    private static readonly HashSet<string> Schemes =
        new(StringComparer.OrdinalIgnoreCase) { "rabbitmq", "rabbitmqs", "amqp", "amqps", "loopback", "queue", "exchange", "topic" };

    private readonly CheckedHeaders _headers = new(message.Headers);

    /// <inheritdoc/>
    public override Guid? MessageId => Id(static message => message.MessageId);

    /// <inheritdoc/>
    public override Guid? RequestId => Id(static message => message.RequestId);

    /// <inheritdoc/>
    public override Guid? CorrelationId => Id(static message => message.CorrelationId);

    /// <inheritdoc/>
    public override Guid? ConversationId => Id(static message => message.ConversationId);

    /// <inheritdoc/>
    public override Guid? InitiatorId => Id(static message => message.InitiatorId);

    /// <inheritdoc/>
    public override Uri SourceAddress => OrNull(static message => message.SourceAddress)!;

    /// <inheritdoc/>
    public override Uri DestinationAddress => OrNull(static message => message.DestinationAddress)!;

    /// <inheritdoc/>
    public override Uri ResponseAddress => Answerable(static message => message.ResponseAddress)!;

    /// <inheritdoc/>
    public override Uri FaultAddress => Answerable(static message => message.FaultAddress)!;

    /// <summary>
    /// The time in the message's envelope. Of a message without one the library would make it out of the message's id, taken for one of
    /// its own; any other UUID then is a time of some year up to 9999.
    /// </summary>
    public override DateTime? SentTime => SerializerContext is SystemTextJsonRawSerializerContext ? null : base.SentTime;

    /// <inheritdoc/>
    public override Headers Headers => _headers;

    /// <inheritdoc/>
    public override bool TryGetMessage<T>([NotNullWhen(true)] out ConsumeContext<T>? consumeContext)
        where T : class
    {
        if (!base.TryGetMessage(out consumeContext))
        {
            return false;
        }

        if (consumeContext.Message is DeliverWebhook webhook && IdOf(webhook) is var id && id != webhook.DeliveryId)
        {
            consumeContext = (ConsumeContext<T>)(object)new MessageConsumeContext<DeliverWebhook>(this, webhook with { DeliveryId = id });
        }

        return true;
    }

    private Guid IdOf(DeliverWebhook webhook) => SerializerContext switch
    {
        EnvelopeContext envelope => UnnamedWebhook.IdOf(envelope.Json, ReceiveContext),
        SystemTextJsonRawSerializerContext => UnnamedWebhook.IdOf(ByteOrderMark.Skip(ReceiveContext.Body.GetBytes()), ReceiveContext),
        _ => null,
    } ?? webhook.DeliveryId;

    // An id of zeros is what a publisher writes that has none, and many messages would share it.
    private Guid? Id(Func<SerializerContext, Guid?> read) => OrNull(read) is { } id && id != Guid.Empty ? id : null;

    // The bus sends to it that a message has failed, before it puts the message into the error queue.
    private Uri? Answerable(Func<SerializerContext, Uri?> read) =>
        OrNull(read) is { IsAbsoluteUri: true } address && Schemes.Contains(address.Scheme) ? address : null;

    private T? OrNull<T>(Func<SerializerContext, T?> read)
    {
        try
        {
            return read(SerializerContext);
        }
        catch (FormatException)
        {
            return default;
        }
    }
}
