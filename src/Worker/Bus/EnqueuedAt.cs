using System.Text;
using MassTransit;

namespace Gateway.Worker.Bus;

/// <summary>
/// When a job was first put into a queue. The send time of a message says that only until the message is sent again, as a retry or because
/// its merchant had no room; what is sent again carries the first time in a header.
/// </summary>
public static class EnqueuedAt
{
    /// <summary>The header, with a time as <see cref="UnixMilliseconds"/>.</summary>
    public const string Header = "Gateway-Enqueued-At";

    /// <summary>
    /// When the job of a message was enqueued, UTC: what its header says, else the send time of its envelope, else the AMQP property
    /// <c>timestamp</c>. Null when nothing tells, as with most plain JSON, or nothing that can be (<see cref="PlausibleTime"/>).
    /// </summary>
    /// <param name="context">The message.</param>
    /// <param name="time">The clock; the system's unless a test has another.</param>
    public static DateTime? Of(ConsumeContext context, TimeProvider? time = null) =>
        Of(HeaderOf(context), context.SentTime, TimestampOf(context), (time ?? TimeProvider.System).GetUtcNow().UtcDateTime);

    /// <summary>The same of plain values.</summary>
    /// <param name="header">The value of <see cref="Header"/>, of whatever type.</param>
    /// <param name="sentTime">The time that the envelope says.</param>
    /// <param name="timestamp">The AMQP property: Unix time in seconds.</param>
    /// <param name="now">The time now, UTC.</param>
    public static DateTime? Of(object? header, DateTime? sentTime, long? timestamp, DateTime now) =>
        PlausibleTime.OfMilliseconds(Milliseconds(header), now)
        ?? PlausibleTime.Of(sentTime, now)
        ?? PlausibleTime.OfSeconds(timestamp, now);

    /// <summary>Lets a message say that its job was enqueued then.</summary>
    public static void Keep(SendContext message, DateTime? enqueuedAt)
    {
        if (enqueuedAt is { } at)
        {
            message.Headers.Set(Header, UnixMilliseconds.Format(at));
        }
    }

    /// <summary>The AMQP property <c>timestamp</c> of a message; null when it has none.</summary>
    internal static long? TimestampOf(ConsumeContext context) =>
        context.ReceiveContext.TryGetPayload(out RabbitMqBasicConsumeContext? message) && message.Properties.IsTimestampPresent()
            ? message.Properties.Timestamp.UnixTime
            : null;

    // A dead letter that is put back has it outside of its envelope.
    private static object? HeaderOf(ConsumeContext context) =>
        context.Headers.TryGetHeader(Header, out var value) || context.ReceiveContext.TransportHeaders.TryGetHeader(Header, out value)
            ? value
            : null;

    private static long? Milliseconds(object? header) => header switch
    {
        string text => UnixMilliseconds.Parse(text),
        byte[] bytes => UnixMilliseconds.Parse(Encoding.UTF8.GetString(bytes)),
        long milliseconds => milliseconds,
        _ => null,
    };
}
