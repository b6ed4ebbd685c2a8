using System.Globalization;
using System.Security.Cryptography;
using Gateway.Contracts;
using Gateway.Worker.Webhooks.Attempts;

namespace Gateway.Worker.Webhooks.Signing;

/// <summary>
/// Turns a delivery into a signed request, as Standard Webhooks 1.0.0 describes
/// (<see href="https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md"/>):
/// one <c>v1</c> signature (HMAC-SHA256) for each secret and, when the gateway has a signing key, one <c>v1a</c> (Ed25519).
/// Instances hold no state and may be used by several threads.
/// </summary>
public sealed class WebhookSigner(SigningOptions options)
{
    private const string Version1 = "v1,", Version1A = "v1a,";

    /// <summary>The public half of the gateway's signing key, <c>whpk_</c> and base64; null when it has none.</summary>
    public string? PublicKey => options.SigningKey?.PublicKey;

    /// <summary>True when a merchant with these secrets can be sent anything: nothing leaves the gateway unsigned.</summary>
    public bool CanSign(IReadOnlyList<SigningSecret> secrets) => secrets.Count > 0 || options.SigningKey is not null;

    /// <summary>Builds the request for one attempt.</summary>
    /// <param name="message">
    /// The delivery, with the time that its body tells: <see cref="PublishedAt"/> gives it one when its publisher did not.
    /// </param>
    /// <param name="url">Where to send it.</param>
    /// <param name="secrets">The merchant's valid secrets: the current one first, then the previous one while it is being replaced.</param>
    /// <param name="attemptNumber">The number of this attempt, from 1.</param>
    /// <param name="now">The time of this attempt, for <c>webhook-timestamp</c>.</param>
    /// <exception cref="ArgumentException">The delivery has no time.</exception>
    /// <exception cref="InvalidOperationException">There is nothing to sign with; ask <see cref="CanSign"/> first.</exception>
    public WebhookRequest Sign(
        DeliverWebhook message, Uri url, IReadOnlyList<SigningSecret> secrets, int attemptNumber, DateTimeOffset now)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(attemptNumber, 1);
        var occurredAt = message.OccurredAt
            ?? throw new ArgumentException("The webhook has no time, so its body would differ at each attempt.", nameof(message));
        if (!CanSign(secrets))
        {
            throw new InvalidOperationException(
                "The merchant has no usable secret and the gateway has no signing key: the webhook cannot be signed.");
        }

        var unixSeconds = now.ToUnixTimeSeconds();
        var content = SignedContent.Write(message, occurredAt, unixSeconds, isLegacy: options.LegacyHeaders);
        var timestamp = unixSeconds.ToString(CultureInfo.InvariantCulture);

        KeyValuePair<string, string>[] headers =
        [
            new("webhook-id", message.DeliveryId.ToString()),
            new("webhook-timestamp", timestamp),
            new("webhook-signature", SignatureList(content.Whole.Span, secrets)),
        ];

        return new WebhookRequest
        {
            Url = url,
            Body = content.Body,
            Headers = options.LegacyHeaders
                ? [.. headers, .. LegacyHeaders.For(message.Event, content.Body.Span, secrets, attemptNumber, now)]
                : headers,
        };
    }

    /// <summary>The value of <c>webhook-signature</c> for the content <c>{id}.{timestamp}.{body}</c>.</summary>
    internal string SignatureList(ReadOnlySpan<byte> content, IReadOnlyList<SigningSecret> secrets)
    {
        const int HmacBase64Size = 44, Ed25519Base64Size = 88, StackLimit = 512;
        var size = (secrets.Count * (Version1.Length + HmacBase64Size + 1)) + Version1A.Length + Ed25519Base64Size;
        var list = size <= StackLimit ? stackalloc char[StackLimit] : new char[size];
        var length = 0;

        Span<byte> hmac = stackalloc byte[HMACSHA256.HashSizeInBytes];
        for (var i = 0; i < secrets.Count; i++)
        {
            HMACSHA256.HashData(secrets[i].Key, content, hmac);
            Append(list, ref length, Version1, hmac);
        }

        if (options.SigningKey is { } signingKey)
        {
            Span<byte> signature = stackalloc byte[SigningKey.SignatureSize];
            signingKey.Sign(content, signature);
            Append(list, ref length, Version1A, signature);
        }

        return new string(list[..length]);
    }

    private static void Append(Span<char> list, ref int length, string version, ReadOnlySpan<byte> signature)
    {
        if (length > 0)
        {
            list[length++] = ' ';
        }

        version.CopyTo(list[length..]);
        length += version.Length;
        Convert.TryToBase64Chars(signature, list[length..], out var written);
        length += written;
    }
}
