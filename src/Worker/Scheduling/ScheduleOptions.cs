using Gateway.Contracts;
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
    public static ScheduleOptions Read(Settings settings, BusinessTime businessTime)
    {
        var zone = businessTime.Zone;
        return new ScheduleOptions
        {
            Zone = zone,
            Schedules =
            [
                Read(settings, zone, "payment-expiry", JobType.PaymentExpiry, "*/5 * * * *", tick => new ExpirePayments { RunAt = tick }),
                Read(
                    settings, zone, "balance-check", JobType.BalanceCheck, "*/5 * * * *", tick => new CheckWalletBalances { RunAt = tick }),
                // The date is the tick's and not the run's: a report that comes late or twice is of the same day.
                Read(
                    settings,
                    zone,
                    "settlement-report",
                    JobType.SettlementReport,
                    "0 8 * * *",
                    tick => new GenerateSettlementReport { Date = businessTime.Yesterday(tick) }),
            ],
        };
    }

    private static Schedule Read(
        Settings settings, TimeZoneInfo zone, string name, JobType jobType, string defaultCron, Func<DateTimeOffset, object> messageFor)
    {
        var variable = name.ToUpperInvariant().Replace('-', '_');
        var cron = settings.Text($"{variable}_CRON", defaultCron);
        if (!CronText.TryParse(cron, zone, out var expression))
        {
            settings.Reject($"{variable}_CRON", cron, CronText.Accepted);
            CronText.TryParse(defaultCron, zone, out expression);
        }

        return new Schedule
        {
            Name = name,
            JobType = jobType,
            Cron = cron,
            Expression = expression!,
            IsEnabled = settings.Flag($"{variable}_ENABLED", true),
            MessageFor = messageFor,
        };
    }
}
