using Gateway.Persistence.Scheduling;
using Gateway.Worker.Ops.Jobs;
using Gateway.Worker.Scheduling;

namespace Gateway.Worker.Ops.Schedules;

/// <summary>A schedule as the API shows it.</summary>
public sealed record ScheduleResponse
{
    /// <summary>Such as <c>payment-expiry</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The job that it asks for, such as <c>payment:expiry</c>.</summary>
    public required string JobType { get; init; }

    /// <summary>The expression that holds, as it is configured.</summary>
    public required string Cron { get; init; }

    /// <summary>The time zone of the expression.</summary>
    public required string TimeZone { get; init; }

    /// <summary>Whether the configuration lets it tick: that of one worker is enough.</summary>
    public required bool Enabled { get; init; }

    /// <summary>Whether an operator paused it.</summary>
    public required bool Paused { get; init; }

    /// <summary>When it last ticked, UTC.</summary>
    public DateTimeOffset? LastTick { get; init; }

    /// <summary>When it ticks next, UTC; while it is paused, when it would.</summary>
    public DateTimeOffset? NextTick { get; init; }

    /// <summary>The two ticks after the next, UTC; none while the schedule is not set up.</summary>
    public required IReadOnlyList<DateTimeOffset> LaterTicks { get; init; }

    /// <summary>What each worker that is alive is configured to do, the newest setting first; empty in embedded mode.</summary>
    public required IReadOnlyList<WorkerScheduleResponse> Workers { get; init; }

    /// <summary>The latest jobs of this type, the newest first, those asked for by hand too.</summary>
    public required IReadOnlyList<JobResponse> Recent { get; init; }

    /// <summary>Shows a schedule.</summary>
    public static ScheduleResponse From(
        Schedule schedule, ScheduleState state, IReadOnlyList<ScheduleSetting> announced, IEnumerable<JobResponse> recent)
    {
        var agreed = AgreedSchedule.Decide(schedule, announced);
        return new()
        {
            Name = schedule.Name,
            JobType = schedule.Job.Type,
            Cron = agreed.Cron,
            TimeZone = agreed.TimeZone,
            Enabled = agreed.IsEnabled,
            Paused = state.IsPaused,
            LastTick = state.LastTick,
            NextTick = state.NextTick,
            LaterTicks = [.. TicksAfter(state.NextTick, agreed).Take(2)],
            Workers = [.. announced.Select(WorkerScheduleResponse.From)],
            Recent = [.. recent],
        };
    }

    private static IEnumerable<DateTimeOffset> TicksAfter(DateTimeOffset? tick, AgreedSchedule agreed)
    {
        if (!agreed.TryRead(out var expression))
        {
            yield break;
        }

        while (tick is { } last && (tick = expression.GetNextValidTimeAfter(last)) is { } next)
        {
            yield return next;
        }
    }
}
