using Quartz;

namespace Gateway.Worker.Scheduling;

/// <summary>Starts the scheduler, brings its triggers to what the configuration says, and stops it with the worker.</summary>
internal sealed class ScheduleRunner(ScheduleOptions schedules, ISchedulerFactory schedulers, TimeProvider time, ILogger<ScheduleRunner> logger)
    : BackgroundService
{
    private static readonly TimeSpan RetryPause = TimeSpan.FromSeconds(5);
    private readonly TaskCompletionSource _started = new();

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await base.StartAsync(cancellationToken);
        // So that the API, which starts last, knows the schedules from its first answer on; but not a worker whose database is away.
        await Task.WhenAny(_started.Task, Task.Delay(RetryPause, time, cancellationToken));
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        var scheduler = await schedulers.GetScheduler(cancellationToken);
        await scheduler.Shutdown(waitForJobsToComplete: true, cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            try
            {
                var scheduler = await schedulers.GetScheduler(stoppingToken);
                await scheduler.Start(stoppingToken);
                foreach (var schedule in schedules.Schedules)
                {
                    await AdoptAsync(scheduler, schedule, stoppingToken);
                }

                _started.SetResult();
                return;
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                // The webhooks of a worker without its database wait; its schedules do too.
                Log.NotStarted(logger, RetryPause.TotalSeconds, exception);
            }

            await Task.Delay(RetryPause, time, stoppingToken);
        }
    }

    private static async Task AdoptAsync(IScheduler scheduler, Schedule schedule, CancellationToken cancellationToken)
    {
        var key = KeyOf(schedule);
        var stored = await scheduler.GetTrigger(key, cancellationToken) as ICronTrigger;
        if (!schedule.IsEnabled)
        {
            if (stored is not null)
            {
                await scheduler.UnscheduleJob(key, cancellationToken);
            }

            return;
        }

        if (stored is not null
            && stored.CronExpressionString == schedule.Expression.CronExpressionString
            && stored.TimeZone.Id == schedule.Expression.TimeZone.Id)
        {
            return;
        }

        var trigger = TriggerBuilder.Create()
            .WithIdentity(key)
            .ForJob(schedule.Name)
            .WithSchedule(CronScheduleBuilder.Create(schedule.Expression).WithMisfireInstruction(CronTriggerMisfireInstruction.FireAndProceed))
            .Build();
        if (stored is not null)
        {
            await scheduler.RescheduleJob(key, trigger, cancellationToken);
            return;
        }

        try
        {
            await scheduler.ScheduleJob(JobBuilder.Create<PublishTick>().WithIdentity(schedule.Name).RequestRecovery().Build(), trigger, cancellationToken: cancellationToken);
        }
        catch (ObjectAlreadyExistsException)
        {
            // Another worker started at the same moment.
        }
    }

    /// <summary>Each trigger is alone in its group: a pause of a group outlives the trigger, so that a changed expression does not undo it.</summary>
    internal static TriggerKey KeyOf(Schedule schedule) => new(schedule.Name, schedule.Name);
}
