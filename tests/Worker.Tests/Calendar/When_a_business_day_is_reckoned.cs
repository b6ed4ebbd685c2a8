using System.Globalization;
using Gateway.Worker.Calendar;
using Xunit;

namespace Gateway.Worker.Tests.Calendar;

/// <summary>What trials found (docs/faults.md: G9).</summary>
public class When_a_business_day_is_reckoned
{
    [Theory]
    [InlineData("Asia/Ho_Chi_Minh", "2024-11-23", "2024-11-22T17:00", 24)]
    [InlineData("UTC", "2028-02-29", "2028-02-29T00:00", 24)]
    // The clocks go on by an hour in the day, and back.
    // In years that are over, because a government may decide otherwise until then.
    [InlineData("Europe/Berlin", "2024-03-31", "2024-03-30T23:00", 23)]
    [InlineData("Europe/Berlin", "2024-10-27", "2024-10-26T22:00", 25)]
    // They go from midnight to one o'clock, so that the day begins at one; and from one back to midnight, which comes twice.
    [InlineData("America/Havana", "2024-03-10", "2024-03-10T05:00", 23)]
    [InlineData("America/Havana", "2024-11-03", "2024-11-03T04:00", 25)]
    // A day of Samoa that was left out when it crossed the date line.
    [InlineData("Pacific/Apia", "2011-12-31", "2011-12-30T10:00", 24)]
    public void Should_last_from_the_first_instant_of_the_day_to_that_of_the_next(string zone, string date, string from, int hours)
    {
        var day = new BusinessTime(TimeZoneInfo.FindSystemTimeZoneById(zone)).DayOf(DateOnly.Parse(date, CultureInfo.InvariantCulture));

        Assert.Equal(DateTime.Parse(from, CultureInfo.InvariantCulture), day.From);
        Assert.Equal(TimeSpan.FromHours(hours), day.To - day.From);
        Assert.Equal((DateTimeKind.Utc, DateTimeKind.Utc), (day.From.Kind, day.To.Kind));
    }

    [Theory]
    [InlineData("2024-11-22T16:59:59Z", "2024-11-21")]
    [InlineData("2024-11-22T17:00:00Z", "2024-11-22")]
    public void Should_be_over_when_midnight_has_come_there(string now, string yesterday)
    {
        var time = new BusinessTime(TimeZoneInfo.FindSystemTimeZoneById("Asia/Ho_Chi_Minh"));

        Assert.Equal(DateOnly.Parse(yesterday, CultureInfo.InvariantCulture), time.Yesterday(DateTimeOffset.Parse(now, CultureInfo.InvariantCulture)));
    }
}
