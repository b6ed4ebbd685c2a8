namespace Gateway.Worker.Scheduling;

/// <summary>How long a schedule has done without a success, and whether that is an operator's wish.</summary>
/// <param name="Name">The schedule.</param>
/// <param name="SinceSuccess">Since its job last succeeded, by whatever it was asked for; null when the job log knows of none.</param>
/// <param name="Overdue">Since the first tick that no success has followed; zero when there is none, null while an operator has paused
/// it.</param>
/// <param name="IsPaused">Whether an operator has paused it.</param>
public sealed record ScheduleFigures(string Name, TimeSpan? SinceSuccess, TimeSpan? Overdue, bool IsPaused)
{
    // The clocks of the worker that ticks and of the one that runs the job may differ.
    private static readonly TimeSpan ClockDifference = TimeSpan.FromSeconds(10);

    /// <summary>Reckons the figures.</summary>
    /// <param name="schedule">The schedule, which ticks.</param>
    /// <param name="state">Where it stands.</param>
    /// <param name="lastSuccess">When the last attempt that succeeded started.</param>
    /// <param name="knownSince">Since when every success is in the job log.</param>
    /// <param name="now">The time.</param>
    public static ScheduleFigures Of(
        Schedule schedule, ScheduleState state, DateTimeOffset? lastSuccess, DateTimeOffset knownSince, DateTimeOffset now)
    {
        // A schedule that never succeeded owes its ticks since it was set up.
        var begin = state.SetUpAt is { } setUpAt && setUpAt > knownSince ? setUpAt : knownSince;
        var owedSince = lastSuccess + ClockDifference ?? begin;
        var tick = (state.Expression ?? schedule.Expression).GetNextValidTimeAfter(owedSince);
        return new ScheduleFigures(
            schedule.Name,
            lastSuccess is { } success ? NotNegative(now - success) : null,
            state.IsPaused ? null : tick is { } missed ? NotNegative(now - missed) : TimeSpan.Zero,
            state.IsPaused);
    }

    private static TimeSpan NotNegative(TimeSpan time) => time > TimeSpan.Zero ? time : TimeSpan.Zero;
}
