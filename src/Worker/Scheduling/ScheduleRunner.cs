using System.Globalization;
using Gateway.Persistence;
using Gateway.Persistence.Scheduling;
using Quartz;

namespace Gateway.Worker.Scheduling;

/// <summary>
/// Starts the scheduler, brings its triggers to what the workers' configurations say and keeps them there, and stops it with the worker.
/// </summary>
internal sealed class ScheduleRunner(
    ScheduleOptions schedules, ScheduleSettingStore settings, SchedulerSource schedulers, TimeProvider time, ILogger<ScheduleRunner> logger)
    : BackgroundService
{
    private static readonly TimeSpan RetryPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestLeave = TimeSpan.FromSeconds(2);

    private readonly TaskCompletionSource _started = new();
    private readonly FailureNotice _failures = new(time);
    private readonly Guid _workerId = Guid.CreateVersion7(time.GetUtcNow());
    private readonly Dictionary<string, string> _loggedDifferences = [];

    /// <summary>
    /// Each trigger is alone in its group: a pause of a group outlives the trigger, so that a changed expression does not undo it.
    /// </summary>
    internal static TriggerKey KeyOf(Schedule schedule) => new(schedule.Name, schedule.Name);

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await base.StartAsync(cancellationToken);
        // So that the API, which starts last, knows the schedules from its first answer on; but not a worker whose database is away.
        await Task.WhenAny(_started.Task, Task.Delay(RetryPause, time, cancellationToken));
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await LeaveAsync(cancellationToken);
        if (schedulers.Made is { } scheduler)
        {
            await scheduler.Shutdown(waitForJobsToComplete: true, cancellationToken);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            var pause = Interval;
            try
            {
                await SynchronizeAsync(stoppingToken);
                _failures.Worked();
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                // The webhooks of a worker without its database wait; its schedules do too.
                pause = RetryPause;
                if (_failures.Failed(out var failures))
                {
                    Log.NotSetUp(logger, failures, RetryPause.TotalSeconds, exception);
                }
            }

            await Task.Delay(pause, time, stoppingToken);
        }
    }

    private async Task SynchronizeAsync(CancellationToken cancellationToken)
    {
        var scheduler = await schedulers.GetAsync(cancellationToken);
        foreach (var schedule in schedules.Schedules)
        {
            var own = AgreedSchedule.From(schedule);
            await settings.AnnounceAsync(_workerId, schedule.Name, own.Cron, own.TimeZone, own.IsEnabled, cancellationToken);
            var announced = await settings.OfLivingWorkersAsync(schedule.Name, cancellationToken);
            var agreed = AgreedSchedule.Decide(schedule, announced);
            await UpdateTriggerAsync(scheduler, schedule, agreed, cancellationToken);
            LogDifferences(schedule, own, agreed, announced);
        }

        // Only then: a tick that was missed under another expression is made up for by whoever brings the new one, and by nobody else
        // meanwhile.
        if (!_started.Task.IsCompleted)
        {
            await scheduler.Start(cancellationToken);
            _started.SetResult();
        }
    }

    private async Task UpdateTriggerAsync(
        IScheduler scheduler, Schedule schedule, AgreedSchedule agreed, CancellationToken cancellationToken)
    {
        var key = KeyOf(schedule);
        var stored = await scheduler.GetTrigger(key, cancellationToken) as ICronTrigger;
        if (!agreed.IsEnabled)
        {
            if (stored is not null)
            {
                await scheduler.UnscheduleJob(key, cancellationToken);
            }

            return;
        }

        if (!agreed.TryRead(out var expression)
            || (stored is not null
                && stored.CronExpressionString == expression.CronExpressionString
                && stored.TimeZone.Id == expression.TimeZone.Id))
        {
            return;
        }

        var trigger = TriggerBuilder.Create()
            .WithIdentity(key)
            .ForJob(schedule.Name)
            .WithSchedule(CronScheduleBuilder.Create(expression).WithMisfireInstruction(CronTriggerMisfireInstruction.FireAndProceed));
        if (stored is not null)
        {
            if (stored.NextFireTimeUtc is { } missed && missed <= time.GetUtcNow())
            {
                if (await scheduler.GetTriggerState(key, cancellationToken) == TriggerState.Paused)
                {
                    // It is made up for when the operator lets it tick again.
                    trigger.StartAt(missed);
                }
                else
                {
                    await MakeUpAsync(scheduler, schedule, stored, cancellationToken);
                }
            }

            await scheduler.RescheduleJob(key, trigger.Build(), cancellationToken);
            return;
        }

        try
        {
            await scheduler.ScheduleJob(
                JobBuilder.Create<PublishTick>().WithIdentity(schedule.Name).RequestRecovery().Build(),
                trigger.Build(),
                cancellationToken: cancellationToken);
        }
        catch (ObjectAlreadyExistsException)
        {
            // Another worker started at the same moment.
        }
    }

    // A tick of the old expression that nobody has published is lost with its trigger. It is published under its own time, so that several
    // workers who do this at once, or one that dies in between, ask for one job.
    private async Task MakeUpAsync(IScheduler scheduler, Schedule schedule, ICronTrigger stored, CancellationToken cancellationToken)
    {
        var tick = Schedule.LastTick(ScheduleControl.ExpressionOf(stored), time.GetUtcNow());
        try
        {
            await scheduler.ScheduleTrigger(
                TriggerBuilder.Create()
                    .WithIdentity(string.Create(CultureInfo.InvariantCulture, $"{schedule.Name} {tick:O}"), "missed")
                    .ForJob(schedule.Name)
                    .UsingJobData(PublishTick.TickOfMissed, tick.ToString("O", CultureInfo.InvariantCulture))
                    .StartNow()
                    .Build(),
                TriggerConflict.Throw,
                cancellationToken);
            Log.MadeUp(logger, schedule.Name, tick);
        }
        catch (ObjectAlreadyExistsException)
        {
            // Another worker has seen to it.
        }
    }

    private void LogDifferences(Schedule schedule, AgreedSchedule own, AgreedSchedule agreed, IReadOnlyList<ScheduleSetting> announced)
    {
        var others = announced.Where(setting => AgreedSchedule.From(setting) != own).ToList();
        var text = string.Join(
            "; ",
            others.Select(setting => $"{setting.Host}: {AgreedSchedule.From(setting)} since {setting.Since:yyyy-MM-dd HH:mm:ss} UTC"));
        var logged = _loggedDifferences.GetValueOrDefault(schedule.Name, "");
        _loggedDifferences[schedule.Name] = text;
        if (text == logged)
        {
            return;
        }

        if (text.Length > 0)
        {
            Log.Differs(logger, schedule.Name, own.ToString(), text, agreed.ToString());
        }
        else
        {
            Log.DiffersNoMore(logger, schedule.Name, agreed.ToString());
        }
    }

    private async Task LeaveAsync(CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(LongestLeave, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await settings.LeaveAsync(_workerId, either.Token);
        }
        catch (Exception exception) when (exception is OperationCanceledException || DatabaseFailure.MayBeCauseOf(exception))
        {
            Log.NotLeft(logger, exception);
        }
    }
}
