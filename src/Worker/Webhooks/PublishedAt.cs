using Gateway.Contracts;
using Gateway.Worker.Bus;
using MassTransit;
using MassTransit.Context;

namespace Gateway.Worker.Webhooks;

/// <summary>
/// What a webhook tells the merchant as its time when its publisher did not say when it happened: when it was published, as
/// <see cref="EnqueuedAt"/> reads it, or when it came to the worker where nothing tells that. It is written into the message, which keeps
/// it from then on: in the waiting room, in what is kept, and so in every attempt.
/// </summary>
internal static class PublishedAt
{
    /// <summary>Whether the message itself tells the time, so that it is the same each time the broker hands it out.</summary>
    public static bool IsTold(ConsumeContext<DeliverWebhook> context, TimeProvider time) =>
        context.Message.OccurredAt is not null || EnqueuedAt.Of(context, time) is not null;

    /// <summary>The message with its time.</summary>
    public static ConsumeContext<DeliverWebhook> Tell(ConsumeContext<DeliverWebhook> context, TimeProvider time) =>
        context.Message.OccurredAt is null ? Tell(context, EnqueuedAt.Of(context, time) ?? time.GetUtcNow().UtcDateTime) : context;

    /// <summary>The message with this time, UTC; with its own where there is none.</summary>
    public static ConsumeContext<DeliverWebhook> Tell(ConsumeContext<DeliverWebhook> context, DateTime? occurredAt)
    {
        var delivery = Tell(context.Message, occurredAt);
        return ReferenceEquals(delivery, context.Message) ? context : new MessageConsumeContext<DeliverWebhook>(context, delivery);
    }

    /// <summary>The delivery with this time, UTC; with its own where there is none.</summary>
    public static DeliverWebhook Tell(DeliverWebhook delivery, DateTime? occurredAt) =>
        occurredAt is null || delivery.OccurredAt == occurredAt ? delivery : delivery with { OccurredAt = occurredAt };
}
