namespace Gateway.Persistence.JobLog;

/// <summary>Ids of rows of the job log. A job stands where its last row says, so they sort by time within a millisecond too.</summary>
public static class RunId
{
    private const int FractionValues = 1 << 12;

    /// <summary>
    /// A UUID of version 7 whose twelve bits after the milliseconds are the fraction of the millisecond, in steps of 0.24 µs, instead of
    /// random ones (RFC 9562, section 6.2, method 3).
    /// </summary>
    public static Guid At(DateTimeOffset time)
    {
        Span<byte> bytes = stackalloc byte[16];
        Guid.CreateVersion7(time).TryWriteBytes(bytes, bigEndian: true, out _);
        var fraction = (int)(time.UtcTicks % TimeSpan.TicksPerMillisecond * FractionValues / TimeSpan.TicksPerMillisecond);
        bytes[6] = (byte)(0x70 | (fraction >> 8));
        bytes[7] = (byte)fraction;
        return new Guid(bytes, bigEndian: true);
    }
}
