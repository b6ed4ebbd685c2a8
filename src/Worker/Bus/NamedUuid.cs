using System.Security.Cryptography;
using System.Text;

namespace Gateway.Worker.Bus;

/// <summary>Ids that follow from what they name: UUIDs of version 8, made with SHA-256 (RFC 9562, section 5.8 and appendix B.2).</summary>
public static class NamedUuid
{
    /// <summary>The id that a name always has.</summary>
    public static Guid From(string name)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(name), hash);
        return FromHash(hash);
    }

    /// <summary>The id that a hash stands for. Its first 16 bytes are changed.</summary>
    /// <param name="hash">At least 16 bytes.</param>
    public static Guid FromHash(Span<byte> hash)
    {
        hash[6] = (byte)((hash[6] & 0x0F) | 0x80);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new Guid(hash[..16], bigEndian: true);
    }
}
