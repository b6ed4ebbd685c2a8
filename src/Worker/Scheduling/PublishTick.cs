using System.Diagnostics;
using System.Globalization;
using Gateway.Persistence;
using Gateway.Worker.Bus;
using Gateway.Worker.Jobs;
using MassTransit;
using Quartz;

namespace Gateway.Worker.Scheduling;

/// <summary>
/// Publishes the message of a tick. It ends when the broker has it, or when the worker stops; another worker does it then.
/// </summary>
internal sealed class PublishTick(ScheduleOptions schedules, IBus bus, TimeProvider time, ILogger<PublishTick> logger) : Quartz.IJob
{
    /// <summary>Tells of a tick that was missed before its schedule was changed: its time, in a trigger of its own.</summary>
    public const string TickOfMissed = "tick";

    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken)
    {
        var schedule = schedules.Find(context.JobDetail.Key.Name)
            ?? throw new JobExecutionException($"This version of the worker has no schedule '{context.JobDetail.Key.Name}'.");
        var tick = TickOf(context, schedule);
        var jobId = JobId.OfTick(schedule.Job, tick);
        // Nobody asked for it: here the trace of the job begins.
        Activity.Current = null;
        using var span = JobSpan.Source.StartActivity($"{schedule.Name} tick");
        span?.SetTag("gateway.job.type", schedule.Job.Type).SetTag("gateway.job.id", jobId.ToString());
        var failures = new FailureNotice(time);
        for (var pause = TimeSpan.FromSeconds(1); ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                await bus.PublishConfirmedAsync(schedule.MessageFor(tick), jobId, time, cancellationToken);
                Log.Published(logger, schedule.Name, tick, jobId);
                return;
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
            {
                if (failures.Failed(out var count))
                {
                    Log.NotPublished(logger, schedule.Name, tick, count, exception);
                }
            }

            await Task.Delay(pause, time, cancellationToken);
        }
    }

    // By the expression that fired, which a worker of a rolling deployment may not have in its own configuration.
    private static DateTimeOffset TickOf(IJobExecutionContext context, Schedule schedule) =>
        context.MergedJobDataMap.TryGetValue(TickOfMissed, out var missed)
            ? ParseTime(missed)
            : Schedule.LastTick(
                context.Trigger is ICronTrigger cron ? ScheduleControl.ExpressionOf(cron) : schedule.Expression, FiredFor(context));

    private static DateTimeOffset FiredFor(IJobExecutionContext context)
    {
        // A firing that is done again for a worker that died has a trigger of its own, which knows the time of the first one.
        if (context.Recovering
            && context.MergedJobDataMap.TryGetValue(SchedulerConstants.FailedJobOriginalTriggerScheduledFireTime, out var original))
        {
            return ParseTime(original);
        }

        // A firing that was missed stands for every tick up to now, and is named by the last of them.
        var scheduledFor = context.ScheduledFireTimeUtc ?? context.FireTimeUtc;
        return context.FireTimeUtc - scheduledFor > SchedulingSetup.MisfireThreshold ? context.FireTimeUtc : scheduledFor;
    }

    private static DateTimeOffset ParseTime(object? text) => DateTimeOffset.Parse(
        Convert.ToString(text, CultureInfo.InvariantCulture)!, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
}
