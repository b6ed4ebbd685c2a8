using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Gateway.Contracts;
using Gateway.Persistence.JobLog;
using Gateway.Persistence.Waiting;

namespace Gateway.Persistence.Recording;

/// <summary>What is left of an entry that was cancelled: a row in the job log, and its payload, so that it can be sent again.</summary>
internal static class CancelledWebhook
{
    /// <summary>The reason in the job log.</summary>
    public const string Reason = "cancelled";

    public static JobRecord RecordOf(WaitingWebhook entry, DateTimeOffset now) => new JobRecord
    {
        Run = new JobRun
        {
            RunId = RunId.At(now),
            JobId = entry.DeliveryId,
            JobType = WebhookJob.Type,
            Queue = entry.Attempt == 1 ? JobHistory.BusiestQueue : JobHistory.RetryQueue,
            Attempt = entry.Attempt,
            Round = entry.Round,
            State = JobState.Skipped,
            Reason = Reason,
            MerchantId = entry.MerchantId.ToString(),
            Event = entry.Event,
            Reference = entry.Reference,
            StartedAt = now.UtcDateTime,
            DurationMs = 0,
            Webhook = Keep(entry),
        },
        Waiting = new WaitingStep.Leave(entry.Key),
    }.Storable();

    // Null where the message cannot be read: nobody could send it again.
    private static KeptWebhook? Keep(WaitingWebhook entry)
    {
        DeliverWebhook? delivery;
        try
        {
            delivery = JsonSerializer.Deserialize<DeliverWebhook>(entry.Message);
        }
        catch (JsonException)
        {
            return null;
        }

        if (delivery?.Payload.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        var payload = JsonMarshal.GetRawUtf8Value(delivery.Payload);
        return !Utf8.IsValid(payload) ? null : new KeptWebhook
        {
            DeliveryId = entry.DeliveryId,
            MerchantId = delivery.MerchantId,
            Event = delivery.Event,
            Payload = Encoding.UTF8.GetString(payload),
            OccurredAt = delivery.OccurredAt?.ToString("O", CultureInfo.InvariantCulture),
        };
    }
}
