using System.Diagnostics.CodeAnalysis;
using System.Text;
using Gateway.Worker.Webhooks.Attempts;

namespace Gateway.Worker.Webhooks.Signing;

/// <summary>
/// A merchant's webhook secret, decoded once and kept with the endpoint. It never shows what it holds. docs/webhook-delivery.md has the
/// rule for each way in which secrets are written: <c>whsec_</c> and base64, as Standard Webhooks 1.0.0
/// (<see href="https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#signature-scheme"/>) has it, or
/// any other text, whose UTF-8 bytes are the key.
/// </summary>
public sealed class SigningSecret
{
    private const string Prefix = "whsec_", Version = "v1,", AsymmetricVersion = "v1a,";

    private readonly byte[] _key;
    private readonly byte[] _wholeText;

    private SigningSecret(byte[] key, byte[] wholeText) => (_key, _wholeText) = (key, wholeText);

    /// <summary>The bytes that key the HMAC; at least one.</summary>
    internal ReadOnlySpan<byte> Key => _key;

    /// <summary>The UTF-8 bytes of the text as it is in the merchants table, which keyed the previous worker's HMAC.</summary>
    internal ReadOnlySpan<byte> WholeText => _wholeText;

    /// <summary>Reads a secret as the merchants table has it.</summary>
    /// <param name="text">The text of the secret; null when the merchant has none.</param>
    /// <param name="secret">The secret; null when it cannot be used.</param>
    /// <param name="reason">
    /// Why it cannot be used, <see cref="SkipReason.NoSecret"/> or <see cref="SkipReason.InvalidSecret"/>; else null.
    /// </param>
    public static bool TryParse(
        string? text, [NotNullWhen(true)] out SigningSecret? secret, [NotNullWhen(false)] out string? reason)
    {
        secret = null;
        reason = null;
        if (string.IsNullOrWhiteSpace(text))
        {
            reason = SkipReason.NoSecret;
            return false;
        }

        var written = Without(AsymmetricVersion, Without(Version, text.AsSpan().Trim()));
        var encoded = Without(Prefix, written);
        if (IsOfKeyPair(written) || (encoded.Length < written.Length && !MayBeSecret(encoded)))
        {
            reason = SkipReason.InvalidSecret;
            return false;
        }

        var wholeText = Encoding.UTF8.GetBytes(text);
        secret = new SigningSecret(encoded.Length < written.Length ? Decode(encoded) ?? wholeText : wholeText, wholeText);
        return true;
    }

    /// <summary>Says what this is, never the secret.</summary>
    public override string ToString() => "webhook secret (hidden)";

    private static ReadOnlySpan<char> Without(string prefix, ReadOnlySpan<char> text) =>
        text.StartsWith(prefix, StringComparison.Ordinal) ? text[prefix.Length..] : text;

    // An Ed25519 key is no shared secret. Taken as plain text, a public key would let everyone who knows it sign.
    private static bool IsOfKeyPair(ReadOnlySpan<char> text) =>
        text.StartsWith(SigningKey.PrivatePrefix, StringComparison.Ordinal)
        || text.StartsWith(SigningKey.PublicPrefix, StringComparison.Ordinal);

    // Nothing behind the prefix, or more than one word: two secrets in one field, or a sentence. Nobody can have meant that as a key.
    private static bool MayBeSecret(ReadOnlySpan<char> text)
    {
        foreach (var letter in text)
        {
            if (char.IsWhiteSpace(letter) || char.IsControl(letter))
            {
                return false;
            }
        }

        return !text.TrimEnd('=').IsEmpty;
    }

    // In either alphabet of RFC 4648, padded or not, and whatever the bits are that the last letter has too many: as the libraries for
    // JavaScript read it. Null when it is no base64.
    private static byte[]? Decode(ReadOnlySpan<char> encoded)
    {
        var letters = encoded.TrimEnd('=');
        Span<char> padded = new char[(letters.Length + 3) / 4 * 4];
        letters.CopyTo(padded);
        padded[letters.Length..].Fill('=');
        padded.Replace('-', '+');
        padded.Replace('_', '/');
        var key = new byte[padded.Length / 4 * 3];
        return Convert.TryFromBase64Chars(padded, key, out var length) ? key[..length] : null;
    }
}
