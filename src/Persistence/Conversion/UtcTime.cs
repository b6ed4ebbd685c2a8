namespace Gateway.Persistence.Conversion;

/// <summary>A time as PostgreSQL can keep it: UTC, whole microseconds.</summary>
internal static class UtcTime
{
    /// <exception cref="ArgumentException">
    /// The time is not UTC. It is refused because a shift by a guessed offset would not be noticed.
    /// </exception>
    public static DateTime Checked(DateTime time) => time.Kind == DateTimeKind.Utc
        // PostgreSQL's infinity arrives as DateTime.MaxValue and has to leave as that.
        ? time == DateTime.MaxValue ? time : time.AddTicks(-(time.Ticks % TimeSpan.TicksPerMicrosecond))
        : throw new ArgumentException($"A stored time must be of DateTimeKind.Utc; this one is {time.Kind}: {time:O}");
}
