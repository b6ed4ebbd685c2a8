using Gateway.Worker.Configuration;

namespace Gateway.Worker.Calendar;

/// <summary>The time where the business is.</summary>
/// <param name="Zone">Its zone (<c>BUSINESS_TIME_ZONE</c>).</param>
public sealed record BusinessTime(TimeZoneInfo Zone)
{
    /// <summary>The first day that anybody can ask for: what is before it is a mistake.</summary>
    public static DateOnly FirstDay { get; } = DateOnly.FromDateTime(DateTime.UnixEpoch);

    /// <summary>Reads the zone; complaints go to <paramref name="settings"/>.</summary>
    public static BusinessTime Read(Settings settings)
    {
        const string Variable = "BUSINESS_TIME_ZONE";
        var id = settings.Text(Variable, "Asia/Ho_Chi_Minh");
        if (TimeZoneInfo.TryFindSystemTimeZoneById(id, out var zone))
        {
            return new BusinessTime(zone);
        }

        settings.Reject(Variable, id, "a time zone of the IANA database that this machine knows, such as Asia/Ho_Chi_Minh");
        return new BusinessTime(TimeZoneInfo.Utc);
    }

    /// <summary>The date there.</summary>
    public DateOnly DateOf(DateTimeOffset time) => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(time, Zone).DateTime);

    /// <summary>The last day that is over.</summary>
    public DateOnly Yesterday(DateTimeOffset now) => DateOf(now).AddDays(-1);

    /// <summary>The instants between which a date lies.</summary>
    public BusinessDay DayOf(DateOnly date) => new(date, StartOf(date), StartOf(date.AddDays(1)));

    // A midnight that comes twice begins the day the first time. One that the clocks jump over has, for TimeZoneInfo, the offset of
    // before, which makes it the instant of the jump: the first one of the day.
    private DateTime StartOf(DateOnly date)
    {
        var midnight = date.ToDateTime(TimeOnly.MinValue, DateTimeKind.Unspecified);
        var offset = Zone.IsAmbiguousTime(midnight) ? Zone.GetAmbiguousTimeOffsets(midnight).Max() : Zone.GetUtcOffset(midnight);
        return DateTime.SpecifyKind(midnight - offset, DateTimeKind.Utc);
    }
}
