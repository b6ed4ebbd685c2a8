using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;

namespace Gateway.Benchmarks;

/// <summary>The webhook that every peer delivers: a body of 400 bytes, signed as Standard Webhooks 1.0.0 says.</summary>
internal static class WebhookSample
{
    public const string Event = "payment.completed";

    public const string OccurredAt = "2026-01-01T00:00:00.000000+00:00";

    private static readonly byte[] Key = "bench-secret-of-thirty-two-bytes"u8.ToArray();

    /// <summary>The <c>data</c> of the webhook, JSON; BullMQ's side reads the same file.</summary>
    public static string Payload { get; } = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "payload.json")).TrimEnd();

    /// <summary>The secret as a merchant's row holds it.</summary>
    public static string Secret { get; } = "whsec_" + Convert.ToBase64String(Key);

    public static byte[] Body { get; } = Encoding.UTF8.GetBytes($$"""{"type":"{{Event}}","timestamp":"{{OccurredAt}}","data":{{Payload}}}""");

    /// <summary>The request without a signature.</summary>
    public static HttpRequestMessage ToRequest(Uri url)
    {
        var content = new ByteArrayContent(Body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return new HttpRequestMessage(HttpMethod.Post, url) { Content = content };
    }

    public static void Sign(HttpRequestMessage request)
    {
        var id = Guid.CreateVersion7().ToString();
        var timestamp = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var prefix = $"{id}.{timestamp}.";
        Span<byte> signed = stackalloc byte[prefix.Length + Body.Length];
        Encoding.ASCII.GetBytes(prefix, signed);
        Body.CopyTo(signed[prefix.Length..]);
        Span<byte> signature = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(Key, signed, signature);
        request.Headers.Add("webhook-id", id);
        request.Headers.Add("webhook-timestamp", timestamp);
        request.Headers.Add("webhook-signature", "v1," + Convert.ToBase64String(signature));
    }
}
