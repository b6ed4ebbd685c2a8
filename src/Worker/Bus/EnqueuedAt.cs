using System.Globalization;
using MassTransit;

namespace Gateway.Worker.Bus;

/// <summary>
/// When a job was first put into a queue. The send time of a message says that only until the message is sent again, as a retry or because
/// its merchant had no room; what is sent again carries the first time in a header.
/// </summary>
public static class EnqueuedAt
{
    /// <summary>The header: Unix time in milliseconds.</summary>
    public const string Header = "Gateway-Enqueued-At";

    /// <summary>When the job of a message was enqueued, UTC; null when nothing tells, as with plain JSON.</summary>
    public static DateTime? Of(ConsumeContext context) =>
        context.Headers.Get<string>(Header) is { } text && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds)
            ? DateTime.UnixEpoch.AddMilliseconds(milliseconds)
            : context.SentTime?.ToUniversalTime();

    /// <summary>Lets a message say that its job was enqueued then.</summary>
    public static void Keep(SendContext message, DateTime? enqueuedAt)
    {
        if (enqueuedAt is { } at)
        {
            message.Headers.Set(Header, Format(at));
        }
    }

    /// <summary>The header's value for a time, UTC.</summary>
    public static string Format(DateTime enqueuedAt) => ((long)(enqueuedAt - DateTime.UnixEpoch).TotalMilliseconds).ToString(CultureInfo.InvariantCulture);

    /// <summary>Lets a message that is sent because of another one say what that one says in its header.</summary>
    public static void Copy(ConsumeContext from, SendContext to)
    {
        if (from.Headers.Get<string>(Header) is { } text)
        {
            to.Headers.Set(Header, text);
        }
    }
}
