using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Gateway.Persistence.DeadLetters;
using Gateway.Persistence.JobLog;
using Gateway.Persistence.Waiting;
using Gateway.Persistence.Webhooks;
using Gateway.Worker.Bus;
using Gateway.Worker.Webhooks.Waiting;
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
        var brokers = why is null && !wasSkipped ? BrokersReason.Of(properties, queue.Name) : null;
        return new DeadLetter
        {
            LetterId = IdOf(queue.Name, wasSkipped, body, properties, brokers),
            DiedAt = DiedAt(properties, brokers, now.UtcDateTime),
            Queue = queue.Name,
            WasSkipped = wasSkipped,
            JobId = JobIdOf(queue, content, properties),
            MerchantId = isWebhook ? content.MerchantId : null,
            Event = isWebhook ? content.Event : null,
            Reason = wasSkipped ? NoConsumer : why ?? brokers?.Reason ?? "unknown",
            Error = wasSkipped ? why : brokers?.Text ?? LetterProperties.TextOf(properties, MessageHeaders.FaultMessage),
            Attempts = isWebhook ? content.Attempt : null,
            Body = body,
            Headers = LetterProperties.Write(properties),
        };
    }

    /// <summary>
    /// What came out of the waiting room leaves it with its letter: else its lease would run out, and it would be sent and die again and
    /// again. Null for what did not come from there.
    /// </summary>
    public static WaitingStep.Past? LeaveWaitingRoom(DeadLetter letter, IReadOnlyBasicProperties properties) =>
        Guid.TryParse(LetterProperties.TextOf(properties, RoadHeaders.Release), out var release)
        && letter is { JobId: { } delivery, Attempts: { } attempts }
        && DeliveryKey.From(delivery, letter.MerchantId) is { } key
            ? new WaitingStep.Past(key, JobRound.Of(LetterProperties.TextOf(properties, JobRound.Header)), attempts + 1)
            {
                ReleaseId = release,
            }
            : null;

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
    private static Guid IdOf(string queue, bool wasSkipped, byte[] body, IReadOnlyBasicProperties properties, BrokersReason? brokers)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Add(queue);
        Add(wasSkipped ? "skipped" : "error");
        Add(properties.MessageId);
        Add(brokers is null ? LetterProperties.TextOf(properties, MessageHeaders.FaultTimestamp) : $"{brokers.Reason} {brokers.At:O}");
        hash.AppendData(body);
        return NamedUuid.FromHash(hash.GetHashAndReset());

        void Add(string? text) => hash.AppendData(Encoding.UTF8.GetBytes($"{text?.Length}:{text}\n"));
    }

    private static DateTime DiedAt(IReadOnlyBasicProperties properties, BrokersReason? brokers, DateTime now)
    {
        var told = brokers?.At ?? (DateTime.TryParse(
            LetterProperties.TextOf(properties, MessageHeaders.FaultTimestamp),
            CultureInfo.InvariantCulture,
            DateTimeStyles.AdjustToUniversal | DateTimeStyles.AssumeUniversal,
            out var at)
            ? at
            : null);
        return told is { } died && died >= Earliest && died <= now ? died : now;
    }
}
