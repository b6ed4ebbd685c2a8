using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;

namespace Gateway.Worker.Webhooks.Signing;

/// <summary>
/// The headers of the previous worker, in its form to the last character, for merchants that still read them
/// (<c>WEBHOOK_LEGACY_HEADERS</c>). Its signature covers the body alone, so it does not protect against replay: merchants should move to
/// <c>webhook-signature</c>.
/// </summary>
internal static class LegacyHeaders
{
    /// <summary>What the previous worker called itself. Merchants' firewalls may know it.</summary>
    public const string UserAgent = "StablecoinGateway-Webhook/1.0";

    // Visible ASCII without the percent sign, which begins an escape.
    private static readonly SearchValues<char> Plain =
        SearchValues.Create([.. Enumerable.Range('!', '~' - '!' + 1).Select(c => (char)c).Where(c => c != '%')]);

    /// <summary>
    /// <c>X-Webhook-Event</c>; <c>X-Webhook-Timestamp</c>, the time of this attempt as RFC 3339 in UTC, without a fraction;
    /// <c>X-Webhook-Attempt</c>, from 1; and, when the merchant has a secret, <c>X-Webhook-Signature</c>: lower-case hex of the body's
    /// HMAC-SHA256, keyed with the whole text of the current secret.
    /// </summary>
    public static KeyValuePair<string, string>[] For(
        string eventName, ReadOnlySpan<byte> body, IReadOnlyList<SigningSecret> secrets, int attemptNumber, DateTimeOffset now)
    {
        KeyValuePair<string, string>[] headers =
        [
            new("X-Webhook-Event", AsHeaderValue(eventName)),
            new("X-Webhook-Timestamp", now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)),
            new("X-Webhook-Attempt", attemptNumber.ToString(CultureInfo.InvariantCulture)),
        ];
        if (secrets.Count == 0)
        {
            return headers;
        }

        Span<byte> hmac = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(secrets[0].WholeText, body, hmac);
        return [.. headers, new("X-Webhook-Signature", Convert.ToHexStringLower(hmac))];
    }

    // Event names come from messages. A line break in one would end the header and begin another, so such a name is percent-encoded whole.
    private static string AsHeaderValue(string eventName) =>
        eventName.AsSpan().ContainsAnyExcept(Plain) ? Uri.EscapeDataString(eventName) : eventName;
}
