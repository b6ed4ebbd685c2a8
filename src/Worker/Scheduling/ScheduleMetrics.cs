using System.Diagnostics.Metrics;
using Gateway.Persistence.JobLog;
using Gateway.Worker.Jobs;
using Gateway.Worker.Telemetry;
using Gateway.Worker.Telemetry.Polling;

namespace Gateway.Worker.Scheduling;

/// <summary>
/// <c>gateway.schedule.last_success_age</c> and <c>gateway.schedule.overdue</c> of each enabled schedule, by the job log, and
/// <c>gateway.schedule.paused</c>: whichever worker ran the job, every worker tells the same.
/// </summary>
public sealed class ScheduleMetrics : BackgroundService
{
    private readonly ScheduleOptions _schedules;
    private readonly ScheduleControl _control;
    private readonly JobHistory _history;
    private readonly JobRetentionOptions _retention;
    private readonly TimeProvider _time;
    private readonly PolledFigures<List<ScheduleFigures>> _figures;

    /// <summary>Creates the instruments.</summary>
    public ScheduleMetrics(
        ScheduleOptions schedules,
        ScheduleControl control,
        JobHistory history,
        JobRetentionOptions retention,
        MetricsOptions options,
        IMeterFactory meters,
        TimeProvider time,
        ILogger<ScheduleMetrics> logger)
    {
        (_schedules, _control, _history, _retention, _time) = (schedules, control, history, retention, time);
        _figures = new("schedules", ReadAsync, options.Interval, time, logger);
        var meter = meters.Create("Gateway.Worker");
        meter.CreateObservableGauge(
            "gateway.schedule.last_success_age",
            () => Measured(figures => figures.SinceSuccess),
            "s",
            "Time since the schedule's job last succeeded.");
        meter.CreateObservableGauge(
            "gateway.schedule.overdue",
            () => Measured(figures => figures.Overdue),
            "s",
            "Time since the first tick that no success has followed; 0 when there is none.");
        meter.CreateObservableGauge(
            "gateway.schedule.paused",
            () => _figures.Measured(all => all.Select(figures => Of(figures, figures.IsPaused ? 1 : 0))),
            null,
            "1 while an operator has paused the schedule.");
    }

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => _figures.PollAsync(stoppingToken);

    private async Task<List<ScheduleFigures>> ReadAsync(CancellationToken cancellationToken)
    {
        var figures = new List<ScheduleFigures>();
        foreach (var schedule in _schedules.Schedules)
        {
            var state = await _control.GetAsync(schedule, cancellationToken);
            // Another worker may want it to tick although this one does not.
            if (!schedule.IsEnabled && state.Expression is null)
            {
                continue;
            }

            var lastSuccess = await _history.FindLastSuccessAsync(schedule.Job.Type, cancellationToken);
            var now = _time.GetUtcNow();
            figures.Add(ScheduleFigures.Of(schedule, state, lastSuccess, now - _retention.Succeeded, now));
        }

        return figures;
    }

    private IEnumerable<Measurement<double>> Measured(Func<ScheduleFigures, TimeSpan?> value) => _figures.Measured(all => all
        .Where(figures => value(figures) is not null)
        .Select(figures => Of(figures, value(figures)!.Value.TotalSeconds)));

    private static Measurement<T> Of<T>(ScheduleFigures figures, T value)
        where T : struct => new(value, new KeyValuePair<string, object?>("schedule", figures.Name));
}
