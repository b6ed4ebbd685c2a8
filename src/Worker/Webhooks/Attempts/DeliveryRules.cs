using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Gateway.Contracts;

namespace Gateway.Worker.Webhooks.Attempts;

/// <summary>What a message must be like to be delivered at all.</summary>
public static class DeliveryRules
{
    /// <summary>The highest number of earlier attempts that a message may carry.</summary>
    public const int MaxEarlierAttempts = 1000;

    /// <summary>The reason of <see cref="Conflict"/>.</summary>
    public const string ConflictReason = "conflict";

    /// <summary>The most characters of an event.</summary>
    public const int LongestEvent = 255;

    /// <summary>Says why a message can never be delivered, or null when it can.</summary>
    /// <param name="delivery">The message.</param>
    /// <param name="maxPayloadBytes">As in <see cref="WebhookOptions.MaxPayloadBytes"/>.</param>
    public static RejectedDeliveryException? Check(DeliverWebhook delivery, int maxPayloadBytes) =>
        Complaint(delivery, maxPayloadBytes) is var (reason, message)
            ? new(reason, message) { JobId = delivery.DeliveryId == Guid.Empty ? null : delivery.DeliveryId }
            : null;

    /// <summary>Says that the id is used for something else.</summary>
    public static RejectedDeliveryException Conflict(DeliverWebhook delivery) =>
        new(
            ConflictReason,
            $"delivery_id {delivery.DeliveryId} stands for another event or payload of this merchant; give each webhook an id of its own")
        {
            JobId = delivery.DeliveryId,
        };

    /// <summary>
    /// The number of the attempt that a message asks for, from 1. Of a message that is refused for it, the nearest that could be.
    /// </summary>
    public static int AttemptOf(DeliverWebhook delivery) => Math.Clamp(delivery.Attempt, 0, MaxEarlierAttempts) + 1;

    private static (string Reason, string Message)? Complaint(DeliverWebhook delivery, int maxPayloadBytes) => delivery switch
    {
        { DeliveryId: var id } when id == Guid.Empty =>
            ("invalid_delivery_id", "delivery_id is all zeros; leave it out or give a UUID"),
        { MerchantId: null } =>
            ("invalid_merchant_id", "merchant_id is null; give the merchant's id as text"),
        { Event: null or "" or { Length: > LongestEvent } } =>
            ("invalid_event", $"event must have 1 to {LongestEvent} characters"),
        { Attempt: < 0 or > MaxEarlierAttempts } =>
            ("invalid_attempt", $"attempt is {delivery.Attempt}; 0 to {MaxEarlierAttempts} is accepted"),
        { Payload.ValueKind: not JsonValueKind.Object } =>
            ("invalid_payload", $"payload is {Describe(delivery.Payload.ValueKind)}; a JSON object is accepted"),
        _ when JsonMarshal.GetRawUtf8Value(delivery.Payload).Length is var length && length > maxPayloadBytes =>
            ("payload_too_large", $"payload has {length} bytes; up to {maxPayloadBytes} are accepted (WEBHOOK_MAX_PAYLOAD)"),
        _ when FindNoUtf8(JsonMarshal.GetRawUtf8Value(delivery.Payload)) is { } place =>
            ("invalid_payload", $"payload is not UTF-8, in which JSON is written: byte {place} of it, from 0, begins no character"),
        _ => null,
    };

    // The reader of JSON looks at the bytes of a text only when somebody asks for it, and nobody here does.
    private static int? FindNoUtf8(ReadOnlySpan<byte> text)
    {
        if (Utf8.IsValid(text))
        {
            return null;
        }

        var place = 0;
        while (Rune.DecodeFromUtf8(text[place..], out _, out var length) == OperationStatus.Done)
        {
            place += length;
        }

        return place;
    }

    private static string Describe(JsonValueKind kind) => kind switch
    {
        JsonValueKind.Undefined => "missing",
        JsonValueKind.True or JsonValueKind.False => "a boolean",
        JsonValueKind.Null => "null",
        _ => $"a JSON {kind.ToString().ToLowerInvariant()}",
    };
}
