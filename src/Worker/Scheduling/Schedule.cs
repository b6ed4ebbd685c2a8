using Gateway.Worker.Jobs;
using Quartz;

namespace Gateway.Worker.Scheduling;

/// <summary>When a job is asked for.</summary>
public sealed record Schedule
{
    /// <summary>Such as <c>payment-expiry</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The job.</summary>
    public required JobDefinition Job { get; init; }

    /// <summary>The expression as the operator wrote it.</summary>
    public required string Cron { get; init; }

    /// <summary>The expression as Quartz reads it, with its time zone.</summary>
    public required CronExpression Expression { get; init; }

    /// <summary>Whether the schedule ticks.</summary>
    public required bool IsEnabled { get; init; }

    /// <summary>The message that asks for the job of a tick.</summary>
    public required Func<DateTimeOffset, object> MessageFor { get; init; }

    /// <summary>
    /// The tick that a firing stands for: the last one at that time or before it, since a firing that was missed comes late.
    /// </summary>
    public static DateTimeOffset LastTick(CronExpression expression, DateTimeOffset firedFor)
    {
        var wholeSecond = firedFor.AddTicks(-(firedFor.UtcTicks % TimeSpan.TicksPerSecond));
        return (expression.GetPreviousValidTimeBefore(wholeSecond.AddSeconds(1)) ?? wholeSecond).ToUniversalTime();
    }
}
