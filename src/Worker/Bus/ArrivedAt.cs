using MassTransit;
using RabbitMQ.Client;

namespace Gateway.Worker.Bus;

/// <summary>When a message came to the queue that it was taken from.</summary>
public static class ArrivedAt
{
    /// <summary>
    /// When it was sent or, of one that waited in a delay queue, when that let it go (<c>x-death</c>, https://www.rabbitmq.com/docs/dlx#effects);
    /// UTC, to the second. Null when nothing tells.
    /// </summary>
    public static DateTime? Of(ConsumeContext context) =>
        context.ReceiveContext.TryGetPayload(out RabbitMqBasicConsumeContext? message)
        && message.Properties.Headers is { } headers
        && headers.TryGetValue("x-death", out var deaths)
        && deaths is IList<object> and [IDictionary<string, object> latest, ..]
        && latest.TryGetValue("time", out var time)
        && time is AmqpTimestamp at
            ? DateTime.UnixEpoch.AddSeconds(at.UnixTime)
            : context.SentTime?.ToUniversalTime();
}
