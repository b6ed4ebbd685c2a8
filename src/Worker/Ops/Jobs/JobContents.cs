using System.Globalization;
using System.Text;
using System.Text.Json;
using Gateway.Persistence.JobLog;
using Gateway.Persistence.Waiting;
using Gateway.Worker.Webhooks.Resending;

namespace Gateway.Worker.Ops.Jobs;

/// <summary>Shows what a webhook says, as long as it waits and as far as it is kept. For operators alone.</summary>
public sealed class JobContents(WebhookResender resending, WaitingDeliveries waiting)
{
    /// <summary>What the webhook says; null when that is not kept.</summary>
    public async Task<WebhookContents?> FindAsync(OneJob job, CancellationToken cancellationToken)
    {
        if (Guid.TryParse(job.MerchantId, out var merchant)
            && await waiting.FindWholeAsync(job.Id, merchant, cancellationToken) is { } entry)
        {
            return ContentsOf(entry);
        }

        return await resending.FindAsync(job.Id, job.MerchantId, cancellationToken) is { } kept ? ContentsOf(kept) : null;
    }

    private static WebhookContents ContentsOf(WaitingWebhook entry)
    {
        List<(string, string)> headers =
        [
            ("webhook-id", entry.DeliveryId.ToString()),
            ("enqueued-at", entry.EnqueuedAt.ToString("O", CultureInfo.InvariantCulture)),
        ];
        if (entry.TraceParent is { } trace)
        {
            headers.Add(("traceparent", trace));
        }

        return new WebhookContents(PayloadOf(entry.Message), headers);
    }

    private static WebhookContents ContentsOf(KeptWebhook kept) => new(
        kept.Payload,
        [
            ("webhook-id", kept.DeliveryId.ToString()),
            .. kept.OccurredAt is { } occurredAt ? [("occurred-at", occurredAt)] : Array.Empty<(string, string)>(),
        ]);

    // Of a message that nobody can read all that there is.
    private static string PayloadOf(byte[] message)
    {
        try
        {
            using var json = JsonDocument.Parse(message);
            if (json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("payload", out var payload))
            {
                return payload.GetRawText();
            }
        }
        catch (JsonException)
        {
        }

        return Encoding.UTF8.GetString(message);
    }
}
