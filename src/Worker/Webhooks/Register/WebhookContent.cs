using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Gateway.Contracts;
using Gateway.Persistence.Waiting;
using Gateway.Worker.Webhooks.Attempts;

namespace Gateway.Worker.Webhooks.Register;

/// <summary>Tells what two webhooks say apart, without keeping it.</summary>
public static class WebhookContent
{
    /// <summary>
    /// The beginning of the SHA-256 of the event and of the payload's bytes. Not of the time: every attempt but the first knows it, and of
    /// those that are published twice the second may be later.
    /// </summary>
    public static uint HashOf(DeliverWebhook delivery)
    {
        Span<byte> text = stackalloc byte[SHA256.HashSizeInBytes + Encoding.UTF8.GetMaxByteCount(DeliveryRules.LongestEvent)];
        SHA256.HashData(JsonMarshal.GetRawUtf8Value(delivery.Payload), text);
        var length = SHA256.HashSizeInBytes + Encoding.UTF8.GetBytes(delivery.Event, text[SHA256.HashSizeInBytes..]);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(text[..length], hash);
        return BinaryPrimitives.ReadUInt32BigEndian(hash);
    }

    /// <summary>Whether what waits says the same. Of an entry that this version cannot read nobody knows, so it does not.</summary>
    public static bool IsSame(WaitingWebhook entry, DeliverWebhook delivery)
    {
        try
        {
            return JsonSerializer.Deserialize<DeliverWebhook>(entry.Message) is { } waiting && HashOf(waiting) == HashOf(delivery);
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
