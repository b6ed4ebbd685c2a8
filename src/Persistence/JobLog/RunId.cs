using System.Buffers.Binary;

namespace Gateway.Persistence.JobLog;

/// <summary>
/// Ids of rows of the job log. Of two rows of one attempt the later says where the job stands, so they sort by time within a millisecond
/// too.
/// </summary>
public static class RunId
{
    private const int FractionValues = 1 << 12;

    /// <summary>
    /// A UUID of version 7 whose twelve bits after the milliseconds are the fraction of the millisecond, in steps of 0.24 µs, instead of
    /// random ones (RFC 9562, section 6.2, method 3). The rest is random, though not so that nobody could guess it: these ids are no
    /// secrets, and asking the kernel for each would take longer than all else here.
    /// </summary>
    public static Guid At(DateTimeOffset time)
    {
        Span<byte> bytes = stackalloc byte[16];
        Random.Shared.NextBytes(bytes[8..]);
        BinaryPrimitives.WriteInt64BigEndian(bytes, time.ToUnixTimeMilliseconds() << 16);
        var fraction = (int)(time.UtcTicks % TimeSpan.TicksPerMillisecond * FractionValues / TimeSpan.TicksPerMillisecond);
        bytes[6] = (byte)(0x70 | (fraction >> 8));
        bytes[7] = (byte)fraction;
        bytes[8] = (byte)(0x80 | (bytes[8] & 0x3f));
        return new Guid(bytes, bigEndian: true);
    }
}
