using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Gateway.Contracts;
using Gateway.Worker.Webhooks.Attempts;
using Gateway.Worker.Webhooks.Signing;
using NSec.Cryptography;

namespace Gateway.Worker.Tests.Webhooks.Signing;

/// <summary>A merchant's side of a webhook, written from the specification and sharing no code with the signer.</summary>
internal static class Merchant
{
    public static readonly Uri Endpoint = new("https://merchant.example/hooks");

    public static readonly DateTimeOffset Now = new(2026, 3, 4, 5, 6, 7, TimeSpan.Zero);

    public static DeliverWebhook Delivery(string payload = """{"amount":1.10}""", string eventName = "payment.completed") => new()
    {
        DeliveryId = Guid.Parse("0197a2f0-1111-7abc-8def-0123456789ab"),
        MerchantId = "m-1",
        Event = eventName,
        Payload = JsonElement.Parse(payload),
        OccurredAt = new DateTimeOffset(2026, 3, 4, 12, 0, 0, TimeSpan.FromHours(7)),
    };

    public static SigningSecret Secret(string text) =>
        SigningSecret.TryParse(text, out var secret, out var complaint) ? secret : throw new ArgumentException(complaint, nameof(text));

    public static SigningKey Key(byte[] bytes) =>
        SigningKey.TryParse("whsk_" + Convert.ToBase64String(bytes), out var key) ? key : throw new ArgumentException("no key", nameof(bytes));

    public static string Text(this WebhookRequest request) => Encoding.UTF8.GetString(request.Body.Span);

    public static string Header(this WebhookRequest request, string name) => request.Headers.Single(h => h.Key == name).Value;

    public static string[] Signatures(this WebhookRequest request) => request.Header("webhook-signature").Split(' ');

    /// <summary>The <c>v1</c> signature that a merchant with this key expects of the request as it came.</summary>
    public static string ExpectedSignature(this WebhookRequest request, byte[] key) =>
        "v1," + Convert.ToBase64String(HMACSHA256.HashData(key, request.SignedBytes()));

    /// <summary>Whether a <c>v1a</c> signature of the request belongs to the public key, <c>whpk_</c> and base64.</summary>
    public static bool IsSignedBy(this WebhookRequest request, string publicKey)
    {
        var key = PublicKey.Import(SignatureAlgorithm.Ed25519, Convert.FromBase64String(publicKey["whpk_".Length..]), KeyBlobFormat.RawPublicKey);
        return request.Signatures().Any(s => s.StartsWith("v1a,", StringComparison.Ordinal)
            && SignatureAlgorithm.Ed25519.Verify(key, request.SignedBytes(), Convert.FromBase64String(s["v1a,".Length..])));
    }

    private static byte[] SignedBytes(this WebhookRequest request) =>
    [
        .. Encoding.UTF8.GetBytes($"{request.Header("webhook-id")}.{request.Header("webhook-timestamp")}."),
        .. request.Body.Span,
    ];
}
