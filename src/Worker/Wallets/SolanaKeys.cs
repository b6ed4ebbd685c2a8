using System.Globalization;
using System.Security.Cryptography;
using NSec.Cryptography;
using SimpleBase;

namespace Gateway.Worker.Wallets;

/// <summary>Solana's addresses and keys: an address is an Ed25519 public key in base58 (https://solana.com/docs/core/accounts).</summary>
internal static class SolanaKeys
{
    private const int KeySize = 32;

    /// <summary>Whether a text is 32 bytes in base58.</summary>
    public static bool IsAddress(string text) => Decode(text) is { Length: KeySize };

    /// <summary>
    /// The address of a private key: 64 bytes, the seed and its public key, or the seed's 32 alone, in base58 or as the JSON array that
    /// <c>solana-keygen</c> writes. Null when it is neither, or its halves do not belong together. The bytes are wiped.
    /// </summary>
    public static string? AddressOf(string privateKey)
    {
        if ((privateKey.StartsWith('[') ? FromArray(privateKey) : Decode(privateKey)) is not { } bytes)
        {
            return null;
        }

        try
        {
            if (bytes.Length is not (KeySize or 2 * KeySize)
                || !Key.TryImport(SignatureAlgorithm.Ed25519, bytes.AsSpan(0, KeySize), KeyBlobFormat.RawPrivateKey, out var key)
                || key is null)
            {
                return null;
            }

            using (key)
            {
                var publicKey = key.PublicKey.Export(KeyBlobFormat.RawPublicKey);
                return bytes.Length == KeySize || bytes.AsSpan(KeySize).SequenceEqual(publicKey) ? Base58.Bitcoin.Encode(publicKey) : null;
            }
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    /// <summary>The bytes of a base58 text; null when it is none, or longer than any key.</summary>
    internal static byte[]? Decode(string text)
    {
        try
        {
            return text.Length is > 0 and <= 100 ? Base58.Bitcoin.Decode(text) : null;
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    private static byte[]? FromArray(string text)
    {
        var items = text.Trim('[', ']', ' ').Split(',', StringSplitOptions.TrimEntries);
        var bytes = new byte[items.Length];
        for (var i = 0; i < items.Length; i++)
        {
            if (!byte.TryParse(items[i], NumberStyles.None, CultureInfo.InvariantCulture, out bytes[i]))
            {
                return null;
            }
        }

        return bytes;
    }
}
