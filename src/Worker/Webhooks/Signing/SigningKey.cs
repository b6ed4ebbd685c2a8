using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using NSec.Cryptography;

namespace Gateway.Worker.Webhooks.Signing;

/// <summary>
/// The gateway's Ed25519 key, with which every webhook is signed beside the merchant's secret (Standard Webhooks 1.0.0, <c>v1a</c>).
/// The private half stays in memory that libsodium guards and cannot be read back. Instances may be used by several threads.
/// </summary>
public sealed class SigningKey : IDisposable
{
    /// <summary>What the private key's text begins with.</summary>
    internal const string PrivatePrefix = "whsk_";

    /// <summary>What the public key's text begins with.</summary>
    internal const string PublicPrefix = "whpk_";

    /// <summary>The length of a signature, in bytes.</summary>
    internal const int SignatureSize = 64;

    private const int SeedSize = 32;

    private readonly Key _key;

    private SigningKey(Key key)
    {
        _key = key;
        PublicKey = PublicPrefix + Convert.ToBase64String(key.PublicKey.Export(KeyBlobFormat.RawPublicKey));
    }

    /// <summary>What merchants verify with: <c>whpk_</c> and the base64 of the 32 bytes. It is no secret.</summary>
    public string PublicKey { get; }

    /// <summary>
    /// Reads <c>whsk_</c> and base64 of the 32-byte seed (RFC 8032, section 5.1.5), or of the 64 bytes that most tools write:
    /// the seed, then its public key. A public key that does not belong to the seed is refused.
    /// </summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out SigningKey? signingKey)
    {
        signingKey = null;
        if (!PrefixedKey.TryDecode(text.AsSpan().Trim(), PrivatePrefix, out var bytes))
        {
            return false;
        }

        try
        {
            if (bytes.Length is not (SeedSize or 2 * SeedSize)
                || !Key.TryImport(SignatureAlgorithm.Ed25519, bytes.AsSpan(0, SeedSize), KeyBlobFormat.RawPrivateKey, out var key)
                || key is null)
            {
                return false;
            }

            if (bytes.Length > SeedSize && !bytes.AsSpan(SeedSize).SequenceEqual(key.PublicKey.Export(KeyBlobFormat.RawPublicKey)))
            {
                key.Dispose();
                return false;
            }

            signingKey = new SigningKey(key);
            return true;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    /// <summary>Wipes the private half.</summary>
    public void Dispose() => _key.Dispose();

    /// <summary>The public key; never the private one.</summary>
    public override string ToString() => PublicKey;

    /// <summary>Signs with pure Ed25519.</summary>
    /// <param name="content">What is signed.</param>
    /// <param name="signature">Receives the signature: <see cref="SignatureSize"/> bytes.</param>
    internal void Sign(ReadOnlySpan<byte> content, Span<byte> signature) => SignatureAlgorithm.Ed25519.Sign(_key, content, signature);
}
