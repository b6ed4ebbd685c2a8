using System.Diagnostics.CodeAnalysis;
using Gateway.Persistence.Scheduling;
using Quartz;

namespace Gateway.Worker.Scheduling;

/// <summary>
/// What holds for a schedule when the workers that are alive are configured differently, as they are during a rolling deployment: it ticks
/// as long as one of them wants it to, by the newest setting among those. A setting is as new as its first appearance, not as the last
/// start of a worker that has it; so an old worker that starts again changes nothing, and a deployment that is taken back holds when the
/// last worker of the new one is gone.
/// </summary>
/// <param name="Cron">The expression, as its operator wrote it.</param>
/// <param name="TimeZone">The time zone in which it is read.</param>
/// <param name="IsEnabled">Whether it ticks.</param>
public sealed record AgreedSchedule(string Cron, string TimeZone, bool IsEnabled)
{
    /// <summary>Decides what holds, by what the workers that are alive say.</summary>
    /// <param name="own">This worker's own configuration, which holds where there are no others.</param>
    /// <param name="announced">What the workers that are alive say, the newest setting first.</param>
    public static AgreedSchedule Decide(Schedule own, IReadOnlyList<ScheduleSetting> announced) =>
        announced is [] ? From(own) : From(announced.FirstOrDefault(setting => setting.IsEnabled) ?? announced[0]);

    /// <summary>The schedule as one worker is configured.</summary>
    public static AgreedSchedule From(ScheduleSetting setting) => new(setting.Cron, setting.TimeZone, setting.IsEnabled);

    /// <summary>What this worker says.</summary>
    public static AgreedSchedule From(Schedule schedule) => new(schedule.Cron, schedule.Expression.TimeZone.Id, schedule.IsEnabled);

    /// <summary>Reads the expression. That of a later version may be one that this version does not know.</summary>
    public bool TryRead([NotNullWhen(true)] out CronExpression? expression)
    {
        expression = null;
        return TimeZoneInfo.TryFindSystemTimeZoneById(TimeZone, out var zone) && CronText.TryParse(Cron, zone, out expression);
    }

    /// <inheritdoc/>
    public override string ToString() => IsEnabled ? $"'{Cron}' in {TimeZone}" : "disabled";
}
