using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using Gateway.Contracts;

namespace Gateway.Worker.Webhooks.Signing;

/// <summary>
/// What is signed, <c>{id}.{timestamp}.{body}</c>, in one array: the body that is sent is a part of the very bytes that were signed,
/// so that the two cannot differ and nothing is copied.
/// </summary>
internal readonly struct SignedContent
{
    // "yyyy-MM-ddTHH:mm:ss.fffffffZ", the longest timestamp.
    private const int TimestampSize = 28;

    private SignedContent(ReadOnlyMemory<byte> whole, int bodyStart)
    {
        Whole = whole;
        Body = whole[bodyStart..];
    }

    /// <summary>The bytes that are signed.</summary>
    public ReadOnlyMemory<byte> Whole { get; }

    /// <summary>The bytes that are sent: UTF-8 JSON.</summary>
    public ReadOnlyMemory<byte> Body { get; }

    /// <summary>Writes the content.</summary>
    /// <param name="message">Whose id, type and payload to take.</param>
    /// <param name="occurredAt">The body's <c>timestamp</c>.</param>
    /// <param name="unixSeconds">The header's timestamp: that of the attempt.</param>
    /// <param name="isLegacy">Whether the body is that of the previous worker, which names its type <c>event</c>.</param>
    public static SignedContent Write(DeliverWebhook message, DateTimeOffset occurredAt, long unixSeconds, bool isLegacy)
    {
        // Relaxed means: escape what JSON wants escaped, not what HTML would. This text is never put into a page by the gateway.
        ReadOnlySpan<byte> type = JsonEncodedText.Encode(message.Event, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).EncodedUtf8Bytes;
        ReadOnlySpan<byte> data = JsonMarshal.GetRawUtf8Value(message.Payload);
        var timestamp = occurredAt.UtcDateTime;

        const int IdSize = 36, UnixSecondsSize = 20, Punctuation = 64;
        var buffer = GC.AllocateUninitializedArray<byte>(
            IdSize + UnixSecondsSize + TimestampSize + Punctuation + type.Length + data.Length);

        var fits = Utf8.TryWrite(buffer, CultureInfo.InvariantCulture, $"{message.DeliveryId}.{unixSeconds}.", out var bodyStart);
        var body = buffer.AsSpan(bodyStart);
        fits &= isLegacy
            ? Utf8.TryWrite(
                body,
                CultureInfo.InvariantCulture,
                $$"""{"event":"{{type}}","timestamp":"{{timestamp:yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'}}","data":{{data}}}""",
                out var bodySize)
            : Utf8.TryWrite(
                body,
                CultureInfo.InvariantCulture,
                $$"""{"type":"{{type}}","timestamp":"{{timestamp:yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'}}","data":{{data}}}""",
                out bodySize);

        return fits
            ? new SignedContent(buffer.AsMemory(0, bodyStart + bodySize), bodyStart)
            : throw new InvalidOperationException("The buffer for a webhook's body was measured too small.");
    }
}
