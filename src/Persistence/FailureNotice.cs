namespace Gateway.Persistence;

/// <summary>
/// Tells a loop that keeps failing when to write that into the log: at once when it begins, and then once a minute with the number of
/// failures since, so that a server that is away for long fills no disk. For one loop; not for several threads.
/// </summary>
/// <param name="time">The clock.</param>
public sealed class FailureNotice(TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private int _sinceNotice;
    private long? _noticedAt;

    /// <summary>Counts a failure.</summary>
    /// <param name="failures">How many there were since the last time this was true, this one included; from 1.</param>
    /// <returns>Whether it is to be logged.</returns>
    public bool Failed(out int failures)
    {
        failures = ++_sinceNotice;
        if (_noticedAt is { } at && time.GetElapsedTime(at) < Interval)
        {
            return false;
        }

        (_noticedAt, _sinceNotice) = (time.GetTimestamp(), 0);
        return true;
    }

    /// <summary>Counts a success.</summary>
    /// <returns>Whether it ends a time of failures.</returns>
    public bool Worked()
    {
        var hadFailed = _noticedAt is not null;
        (_noticedAt, _sinceNotice) = (null, 0);
        return hadFailed;
    }
}
