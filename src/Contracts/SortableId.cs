namespace Gateway.Contracts;

/// <summary>Ids that sort by the time at which they were made: UUIDs of version 7 (RFC 9562 section 5.7).</summary>
internal static class SortableId
{
#if NET9_0_OR_GREATER
    public static Guid Next() => Guid.CreateVersion7();
#else
    public static Guid Next()
    {
        Span<byte> bytes = stackalloc byte[16];
        System.Security.Cryptography.RandomNumberGenerator.Fill(bytes);
        // The low 48 bits of the milliseconds; the rest stays random but for version and variant.
        Span<byte> time = stackalloc byte[8];
        System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(time, TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds());
        time[2..].CopyTo(bytes);
        bytes[6] = (byte)(0x70 | (bytes[6] & 0x0f));
        bytes[8] = (byte)(0x80 | (bytes[8] & 0x3f));
        return new Guid(bytes, bigEndian: true);
    }
#endif
}
