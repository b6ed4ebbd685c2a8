using MassTransit;
using RabbitMQ.Client;

namespace Gateway.Worker.Bus;

/// <summary>When a message came to the queue that it was taken from.</summary>
public static class ArrivedAt
{
    /// <summary>
    /// When it was sent or, of one that waited in a delay queue, when that let it go (<c>x-death</c>,
    /// https://www.rabbitmq.com/docs/dlx#effects); UTC, to the second. Null when nothing tells, or nothing that can be
    /// (<see cref="PlausibleTime"/>).
    /// </summary>
    /// <param name="context">The message.</param>
    /// <param name="time">The clock; the system's unless a test has another.</param>
    public static DateTime? Of(ConsumeContext context, TimeProvider? time = null) =>
        Of(DeathsOf(context), context.SentTime, EnqueuedAt.TimestampOf(context), (time ?? TimeProvider.System).GetUtcNow().UtcDateTime);

    /// <summary>The same of plain values.</summary>
    /// <param name="deaths">The value of the header <c>x-death</c>, of whatever type.</param>
    /// <param name="sentTime">The time that the envelope says.</param>
    /// <param name="timestamp">The AMQP property: Unix time in seconds.</param>
    /// <param name="now">The time now, UTC.</param>
    public static DateTime? Of(object? deaths, DateTime? sentTime, long? timestamp, DateTime now) =>
        PlausibleTime.OfSeconds(LatestDeath(deaths), now) ?? PlausibleTime.Of(sentTime, now) ?? PlausibleTime.OfSeconds(timestamp, now);

    private static object? DeathsOf(ConsumeContext context) =>
        context.ReceiveContext.TryGetPayload(out RabbitMqBasicConsumeContext? message)
        && message.Properties.Headers is { } headers
        && headers.TryGetValue("x-death", out var deaths)
            ? deaths
            : null;

    private static long? LatestDeath(object? deaths) =>
        deaths is IList<object> and [IDictionary<string, object> latest, ..]
        && latest.TryGetValue("time", out var time) && time is AmqpTimestamp at
            ? at.UnixTime
            : null;
}
