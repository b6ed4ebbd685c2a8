namespace Gateway.Worker.Bus;

/// <summary>
/// Reads times that messages tell. Publishers may write anything there, and so may clocks: a time before 2020, or more than five minutes
/// after now, is taken for none. Nothing here throws, whatever the value.
/// </summary>
public static class PlausibleTime
{
    private static readonly DateTime Earliest = new(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    // The clocks of two machines may differ.
    private static readonly TimeSpan Ahead = TimeSpan.FromMinutes(5);

    /// <summary>A time as it is, in UTC; null when it is out of range.</summary>
    public static DateTime? Of(DateTime? told, DateTime now) =>
        told?.ToUniversalTime() is { } time && time >= Earliest && time <= Latest(now) ? time : null;

    /// <summary>A Unix time in milliseconds.</summary>
    public static DateTime? OfMilliseconds(long? told, DateTime now) => OfUnits(told, TimeSpan.TicksPerMillisecond, now);

    /// <summary>A Unix time in seconds. One that was written in milliseconds is out of range.</summary>
    public static DateTime? OfSeconds(long? told, DateTime now) => OfUnits(told, TimeSpan.TicksPerSecond, now);

    // Compared before it is multiplied, which could overflow.
    private static DateTime? OfUnits(long? told, long ticksPerUnit, DateTime now) =>
        told is { } units && units >= UnixTicks(Earliest) / ticksPerUnit && units <= UnixTicks(Latest(now)) / ticksPerUnit
            ? DateTime.UnixEpoch.AddTicks(units * ticksPerUnit)
            : null;

    private static DateTime Latest(DateTime now) => now > DateTime.MaxValue - Ahead ? DateTime.MaxValue : now + Ahead;

    private static long UnixTicks(DateTime time) => time.Ticks - DateTime.UnixEpoch.Ticks;
}
