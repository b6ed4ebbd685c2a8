using System.Text;
using RabbitMQ.Client;

namespace Gateway.Worker.DeadLetters;

/// <summary>
/// Why RabbitMQ itself has moved a message to the error queue of its queue, as it says in the header <c>x-death</c>
/// (https://www.rabbitmq.com/docs/dlx#effects).
/// </summary>
/// <param name="Reason">The word of a letter.</param>
/// <param name="Text">The same as a sentence.</param>
/// <param name="At">When, UTC, to the second; null when it does not say.</param>
internal sealed record BrokersReason(string Reason, string Text, DateTime? At)
{
    private const int MostSeconds = int.MaxValue;

    /// <summary>The reason; null when it was not RabbitMQ, or not out of this queue.</summary>
    /// <param name="properties">Of the message.</param>
    /// <param name="queue">The queue that it was in.</param>
    public static BrokersReason? Of(IReadOnlyBasicProperties properties, string queue)
    {
        // The latest comes first.
        if (properties.Headers?.TryGetValue("x-death", out var deaths) != true
            || deaths is not IList<object> list
            || list is not [IDictionary<string, object> latest, ..]
            || TextOf(latest, "queue") != queue)
        {
            return null;
        }

        var at = latest.TryGetValue("time", out var time) && time is AmqpTimestamp { UnixTime: >= 0 and <= MostSeconds } told
            ? DateTimeOffset.FromUnixTimeSeconds(told.UnixTime).UtcDateTime
            : (DateTime?)null;
        return TextOf(latest, "reason") switch
        {
            "delivery_limit" => new BrokersReason(
                "delivery_limit",
                "It has returned to its queue as often as that allows: each time the worker that had it ended, stopped, lost its channel, "
                + "or the queue was paused",
                at),
            "expired" => new BrokersReason("expired", "It expired in its queue before a worker took it", at),
            _ => null,
        };
    }

    private static string? TextOf(IDictionary<string, object> death, string name) => death.TryGetValue(name, out var value)
        ? value switch
        {
            byte[] bytes => Encoding.UTF8.GetString(bytes),
            string text => text,
            _ => null,
        }
        : null;
}
