using System.Text;
using System.Text.RegularExpressions;
using Org.BouncyCastle.Crypto.Digests;

namespace Gateway.Worker.Wallets;

/// <summary>
/// Addresses of Ethereum's kind, and the checksum that the case of their letters is (https://eips.ethereum.org/EIPS/eip-55).
/// </summary>
internal static partial class EthereumAddress
{
    private const int HashBits = 256;
    private const int HashLength = HashBits / 8;

    /// <summary>Whether a text is <c>0x</c> and 40 hexadecimal digits.</summary>
    public static bool IsAddress(string text) => Address().IsMatch(text);

    /// <summary>Whether an address has no checksum, because its letters are all small or all capital, or the right one.</summary>
    public static bool IsSpeltRight(string address)
    {
        var letters = address[2..].Where(char.IsAsciiLetter).ToArray();
        return letters.All(char.IsAsciiLetterLower) || letters.All(char.IsAsciiLetterUpper) || address == WithChecksum(address);
    }

    /// <summary>
    /// The address with its checksum: a letter is a capital one where the hash of the small ones has a digit of 8 or more.
    /// </summary>
    public static string WithChecksum(string address)
    {
        var digits = address[2..].ToLowerInvariant();
        // Keccak as it was before it became SHA-3, which .NET has.
        var keccak = new KeccakDigest(HashBits);
        keccak.BlockUpdate(Encoding.ASCII.GetBytes(digits));
        Span<byte> hash = stackalloc byte[HashLength];
        keccak.DoFinal(hash);
        var hashDigits = Convert.ToHexString(hash);
        return "0x" + string.Concat(digits.Select((digit, i) => hashDigits[i] >= '8' ? char.ToUpperInvariant(digit) : digit));
    }

    [GeneratedRegex("^0x[0-9a-fA-F]{40}\\z")]
    private static partial Regex Address();
}
