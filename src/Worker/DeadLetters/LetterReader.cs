using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Gateway.Persistence.DeadLetters;
using Gateway.Persistence.JobLog;
using Gateway.Worker.Bus;
using MassTransit;
using RabbitMQ.Client;

namespace Gateway.Worker.DeadLetters;

/// <summary>Makes a letter of a message, whatever its bytes are.</summary>
internal static class LetterReader
{
    /// <summary>The reason of a letter that no consumer of its queue takes.</summary>
    public const string NoConsumer = "no_consumer";

    // Anybody may have written the time of a failure.
    private static readonly DateTime Earliest = new(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    /// <summary>Makes the letter. Never throws over what the message says.</summary>
    /// <param name="queue">The queue from which it was taken.</param>
    /// <param name="wasSkipped">Whether no consumer takes it.</param>
    /// <param name="body">Its bytes.</param>
    /// <param name="properties">Its properties and headers.</param>
    /// <param name="now">When it is taken in.</param>
    public static DeadLetter Read(
        QueueDescription queue, bool wasSkipped, byte[] body, IReadOnlyBasicProperties properties, DateTimeOffset now)
    {
        var content = LetterContent.Read(body);
        var isWebhook = queue.Name is QueueNames.Webhooks or QueueNames.WebhooksRetry;
        var why = LetterProperties.TextOf(properties, MessageHeaders.Reason);
        return new DeadLetter
        {
            LetterId = IdOf(queue.Name, wasSkipped, body, properties),
            DiedAt = DiedAt(properties, now.UtcDateTime),
            Queue = queue.Name,
            WasSkipped = wasSkipped,
            JobId = JobIdOf(queue, content, properties),
            MerchantId = isWebhook ? content.MerchantId : null,
            Event = isWebhook ? content.Event : null,
            Reason = wasSkipped ? NoConsumer : why ?? "unknown",
            Error = wasSkipped ? why : LetterProperties.TextOf(properties, MessageHeaders.FaultMessage),
            Attempts = isWebhook ? content.Attempt : null,
            Body = body,
            Headers = LetterProperties.Write(properties),
        };
    }

    private static Guid? JobIdOf(QueueDescription queue, LetterContent content, IReadOnlyBasicProperties properties)
    {
        var named = Guid.TryParse(LetterProperties.TextOf(properties, FaultReasonFilter.JobIdHeader), out var header)
            ? header
            : (Guid?)null;
        return queue.JobType switch
        {
            null => null,
            WebhookJob.Type => content.DeliveryId ?? named,
            _ => named ?? (Guid.TryParse(properties.MessageId, out var messageId) ? messageId : content.MessageId),
        };
    }

    // The same for the same failure of the same message: a worker that dies before it acknowledges what it has taken in takes it in again.
    private static Guid IdOf(string queue, bool wasSkipped, byte[] body, IReadOnlyBasicProperties properties)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Add(queue);
        Add(wasSkipped ? "skipped" : "error");
        Add(properties.MessageId);
        Add(LetterProperties.TextOf(properties, MessageHeaders.FaultTimestamp));
        hash.AppendData(body);
        return NamedUuid.FromHash(hash.GetHashAndReset());

        void Add(string? text) => hash.AppendData(Encoding.UTF8.GetBytes($"{text?.Length}:{text}\n"));
    }

    private static DateTime DiedAt(IReadOnlyBasicProperties properties, DateTime now) =>
        DateTime.TryParse(
            LetterProperties.TextOf(properties, MessageHeaders.FaultTimestamp),
            CultureInfo.InvariantCulture,
            DateTimeStyles.AdjustToUniversal | DateTimeStyles.AssumeUniversal,
            out var at)
        && at >= Earliest && at <= now
            ? at
            : now;
}
