using System.Globalization;
using System.Text.Json;
using Gateway.Persistence.JobLog;

namespace Gateway.Worker.DeadLetters;

/// <summary>The message of a webhook of which only what it said is kept.</summary>
internal static class KeptMessage
{
    /// <summary>Plain JSON, the payload byte for byte.</summary>
    public static byte[] Write(KeptWebhook webhook)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("delivery_id", webhook.DeliveryId);
            json.WriteString("merchant_id", webhook.MerchantId);
            json.WriteString("event", webhook.Event);
            json.WritePropertyName("payload");
            json.WriteRawValue(webhook.Payload, skipInputValidation: true);
            json.WriteString("occurred_at", webhook.OccurredAt ?? webhook.KeptAt.ToString("O", CultureInfo.InvariantCulture));
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }
}
