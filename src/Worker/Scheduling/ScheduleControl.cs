using Quartz;

namespace Gateway.Worker.Scheduling;

/// <summary>What an operator may ask of a schedule; it holds for all workers, and after a restart.</summary>
public sealed class ScheduleControl(SchedulerSource schedulers)
{
    /// <summary>Where a schedule stands.</summary>
    public async Task<ScheduleState> GetAsync(Schedule schedule, CancellationToken cancellationToken)
    {
        var scheduler = await schedulers.GetAsync(cancellationToken);
        var key = ScheduleRunner.KeyOf(schedule);
        return await scheduler.GetTrigger(key, cancellationToken) is { } trigger
            ? new ScheduleState(
                await scheduler.GetTriggerState(key, cancellationToken) == TriggerState.Paused,
                trigger.PreviousFireTimeUtc,
                trigger.NextFireTimeUtc,
                trigger.StartTimeUtc,
                trigger is ICronTrigger cron ? ExpressionOf(cron) : null)
            : new ScheduleState(IsPaused: false, LastTick: null, NextTick: null, SetUpAt: null);
    }

    /// <summary>No more ticks until it is resumed.</summary>
    public async Task PauseAsync(Schedule schedule, CancellationToken cancellationToken)
    {
        var scheduler = await schedulers.GetAsync(cancellationToken);
        await scheduler.PauseTriggerGroups(GroupMatcher<TriggerKey>.GroupEquals(ScheduleRunner.KeyOf(schedule).Group), cancellationToken);
    }

    /// <summary>Ticks again; once at once when a tick was missed.</summary>
    public async Task ResumeAsync(Schedule schedule, CancellationToken cancellationToken)
    {
        var scheduler = await schedulers.GetAsync(cancellationToken);
        await scheduler.ResumeTriggerGroups(GroupMatcher<TriggerKey>.GroupEquals(ScheduleRunner.KeyOf(schedule).Group), cancellationToken);
    }

    /// <summary>The expression of a trigger, in its time zone.</summary>
    internal static CronExpression ExpressionOf(ICronTrigger trigger) =>
        CronExpression.TryParse(trigger.CronExpressionString!, out var expression)
            ? expression.WithTimeZone(trigger.TimeZone)
            : throw new InvalidOperationException(
                $"Trigger {trigger.Key} has the expression '{trigger.CronExpressionString}', which is none.");
}
