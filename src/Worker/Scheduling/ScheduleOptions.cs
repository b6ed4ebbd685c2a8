using Gateway.Worker.Calendar;
using Gateway.Worker.Configuration;
using Gateway.Worker.Jobs;

namespace Gateway.Worker.Scheduling;

/// <summary>The schedules of this gateway.</summary>
public sealed record ScheduleOptions
{
    /// <summary>The zone in which business days and cron expressions are read (<c>BUSINESS_TIME_ZONE</c>).</summary>
    public required TimeZoneInfo Zone { get; init; }

    /// <summary>The schedules (<c>…_CRON</c>, <c>…_ENABLED</c>).</summary>
    public required IReadOnlyList<Schedule> Schedules { get; init; }

    /// <summary>The schedule of a name, or null.</summary>
    public Schedule? Find(string name) => Schedules.FirstOrDefault(schedule => schedule.Name == name);

    /// <summary>Reads the options; complaints go to <paramref name="settings"/>.</summary>
    public static ScheduleOptions Read(Settings settings, BusinessTime businessTime, IReadOnlyList<JobDefinition> jobs) => new()
    {
        Zone = businessTime.Zone,
        Schedules = [.. jobs.Select(job => Read(settings, businessTime, job))],
    };

    private static Schedule Read(Settings settings, BusinessTime businessTime, JobDefinition job)
    {
        var variable = job.Schedule.ToUpperInvariant().Replace('-', '_');
        var cron = settings.Text($"{variable}_CRON", job.Cron);
        if (!CronText.TryParse(cron, businessTime.Zone, out var expression))
        {
            settings.Reject($"{variable}_CRON", cron, CronText.Accepted);
            CronText.TryParse(job.Cron, businessTime.Zone, out expression);
        }

        return new Schedule
        {
            Name = job.Schedule,
            Job = job,
            Cron = cron,
            Expression = expression!,
            IsEnabled = settings.Flag($"{variable}_ENABLED", true),
            MessageFor = tick => job.MessageAt(tick, businessTime),
        };
    }
}
