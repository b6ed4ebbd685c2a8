using System.Globalization;
using Gateway.Persistence.Bulk;
using Gateway.Persistence.DeadLetters;
using Gateway.Worker.Bus;
using Gateway.Worker.Webhooks.Attempts;
using RabbitMQ.Client;

namespace Gateway.Worker.DeadLetters;

/// <summary>A letter's message as if nobody had tried it: without the traces of its failures, a webhook with no attempt made.</summary>
internal sealed class RequeuedMessage
{
    private RequeuedMessage(DeadLetter letter, short round, BasicProperties properties, byte[] body) =>
        (Letter, Round, Properties, Body) = (letter, round, properties, body);

    /// <summary>The letter, for its job.</summary>
    public DeadLetter Letter { get; }

    /// <summary>The round of its job that begins with it.</summary>
    public short Round { get; }

    /// <summary>Its queue.</summary>
    public string Destination => DestinationOf(Letter.Queue);

    /// <summary>Whether it asks for a webhook.</summary>
    public bool IsWebhook => Destination == QueueNames.Webhooks;

    /// <summary>Its properties and headers.</summary>
    public BasicProperties Properties { get; }

    /// <summary>Its bytes; payloads stay as they were.</summary>
    public byte[] Body { get; }

    /// <summary>Makes the message; null when nothing is left of what the letter said.</summary>
    public static RequeuedMessage? From(TakenLetter taken, DateTimeOffset now)
    {
        var letter = taken.Letter;
        if (letter is { Body: null } && taken.Webhook is null)
        {
            return null;
        }

        // A webhook's message has the letter's id where it has no id of its own: sent twice, it is one message.
        var properties = letter.Headers is { } stored
            ? LetterProperties.Read(stored)
            : new BasicProperties { MessageId = letter.LetterId.ToString(), ContentType = "application/json" };
        var round = RoundAfter(taken, properties);
        properties.Headers = (properties.Headers ?? new Dictionary<string, object?>())
            .Where(header => !MessageTraces.IsTrace(header.Key))
            .Append(new(JobRound.Header, round.ToString(CultureInfo.InvariantCulture)))
            .ToDictionary(header => header.Key, header => header.Value);
        // Before it says that it is in its queue from now on.
        var publishedAt = PublishedAt(letter, properties, now);
        properties.Timestamp = new AmqpTimestamp(now.ToUnixTimeSeconds());
        properties.Persistent = true;
        var body = letter.Body is { } given
            ? MessageTraces.Remove(given, DestinationOf(letter.Queue) == QueueNames.Webhooks, letter.JobId, round, publishedAt)
            : KeptMessage.Write(taken.Webhook!);
        return new RequeuedMessage(letter, round, properties, body);
    }

    // What a webhook tells as its time when its publisher did not: the same as before, though it is sent anew.
    private static DateTime PublishedAt(DeadLetter letter, BasicProperties properties, DateTimeOffset now) =>
        EnqueuedAt.Of(
            LetterProperties.TextOf(properties, EnqueuedAt.Header),
            LetterContent.Read(letter.Body).SentTime,
            properties.IsTimestampPresent() ? properties.Timestamp.UnixTime : null,
            now.UtcDateTime) ?? letter.DiedAt;

    // What was refused because of another webhook under its id begins no round of that one.
    private static short RoundAfter(TakenLetter taken, BasicProperties properties)
    {
        if (taken.Letter.Reason == DeliveryRules.ConflictReason)
        {
            return 0;
        }

        var header = LetterProperties.TextOf(properties, JobRound.Header);
        var known = short.TryParse(header, NumberStyles.None, CultureInfo.InvariantCulture, out var round) ? round : (short)0;
        return (short)Math.Min(Math.Max(known, taken.Round) + 1, short.MaxValue);
    }

    // A webhook starts from its first attempt, so in the first queue.
    private static string DestinationOf(string queue) => queue == QueueNames.WebhooksRetry ? QueueNames.Webhooks : queue;
}
