using System.Security.Cryptography;
using System.Text;

namespace Gateway.Worker.Ops.Access;

/// <summary>A key of the API as it is configured: only its hash is known here.</summary>
/// <param name="Name">Who uses it.</param>
/// <param name="MayChange">True for an operator, false for a viewer.</param>
/// <param name="Hash">SHA-256 of the key, 32 bytes.</param>
public readonly record struct ApiKey(string Name, bool MayChange, ReadOnlyMemory<byte> Hash)
{
    /// <summary>The entry of <c>OPS_API_KEYS</c>.</summary>
    public string ToEntry() => $"{Name}:{(MayChange ? "operator" : "viewer")}:{Convert.ToHexStringLower(Hash.Span)}";

    /// <summary>
    /// Reads <c>name:role:sha256-in-hex</c>; null when it has another form. The file name that <c>sha256sum</c> prints after the hash of
    /// its input, a hyphen, may follow.
    /// </summary>
    public static ApiKey? Parse(string text)
    {
        var parts = text.Split(':');
        return parts is [{ Length: > 0 } name, "viewer" or "operator", var printed]
            && printed.Split([' ', '*'], StringSplitOptions.RemoveEmptyEntries) is [{ Length: 64 } hash, .. var file]
            && file is ([] or ["-"])
            && hash.All(char.IsAsciiHexDigit)
                ? new ApiKey(name, parts[1] == "operator", Convert.FromHexString(hash))
                : null;
    }

    /// <summary>Compares in constant time.</summary>
    public bool Matches(string key) => CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(key)), Hash.Span);
}
