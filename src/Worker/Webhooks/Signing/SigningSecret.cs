using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Gateway.Worker.Webhooks.Signing;

/// <summary>
/// A merchant's webhook secret, decoded once and kept with the endpoint. Either <c>whsec_</c> and base64, as Standard Webhooks 1.0.0
/// (<see href="https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#signature-scheme"/>)
/// writes it, or any older plain text, whose UTF-8 bytes are the key. It never shows what it holds.
/// </summary>
public sealed class SigningSecret
{
    private const string Prefix = "whsec_";

    private readonly byte[] _key;

    private SigningSecret(byte[] key) => _key = key;

    /// <summary>The bytes that key the HMAC; at least one.</summary>
    internal ReadOnlySpan<byte> Key => _key;

    /// <summary>Reads a secret as the merchants table has it.</summary>
    /// <param name="text">The text of the secret; null when the merchant has none.</param>
    /// <param name="secret">The secret; null when it cannot be used.</param>
    /// <param name="complaint">Why it cannot be used, <c>no secret</c> or <c>invalid secret</c>, fit for a log and a record; else null.</param>
    public static bool TryParse(
        string? text, [NotNullWhen(true)] out SigningSecret? secret, [NotNullWhen(false)] out string? complaint)
    {
        secret = null;
        complaint = null;
        if (string.IsNullOrWhiteSpace(text))
        {
            complaint = "no secret";
            return false;
        }

        var trimmed = text.AsSpan().Trim();
        if (trimmed.StartsWith(Prefix, StringComparison.Ordinal))
        {
            if (!PrefixedKey.TryDecode(trimmed, Prefix, out var key))
            {
                complaint = "invalid secret";
                return false;
            }

            secret = new SigningSecret(key);
            return true;
        }

        // An Ed25519 key is no shared secret. Taken as plain text, a public key would let everyone who knows it sign.
        if (trimmed.StartsWith(SigningKey.PrivatePrefix, StringComparison.Ordinal) || trimmed.StartsWith(SigningKey.PublicPrefix, StringComparison.Ordinal))
        {
            complaint = "invalid secret";
            return false;
        }

        secret = new SigningSecret(Encoding.UTF8.GetBytes(text));
        return true;
    }

    /// <summary>Says what this is, never the secret.</summary>
    public override string ToString() => "webhook secret (hidden)";
}
