using Quartz;

namespace Gateway.Worker.Scheduling;

/// <summary>Where a schedule stands.</summary>
/// <param name="IsPaused">Whether an operator paused it.</param>
/// <param name="LastTick">When it last fired.</param>
/// <param name="NextTick">When it fires next; null while it is disabled.</param>
/// <param name="SetUpAt">When its present expression was first adopted by a worker; null while it is disabled.</param>
/// <param name="Expression">The expression by which it ticks, for all workers; null while it is disabled.</param>
public sealed record ScheduleState(
    bool IsPaused, DateTimeOffset? LastTick, DateTimeOffset? NextTick, DateTimeOffset? SetUpAt, CronExpression? Expression = null);
