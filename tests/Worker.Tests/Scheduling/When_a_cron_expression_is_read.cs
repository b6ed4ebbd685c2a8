using Gateway.Worker.Scheduling;
using Xunit;

namespace Gateway.Worker.Tests.Scheduling;

public class When_a_cron_expression_is_read
{
    private static readonly TimeZoneInfo Berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");

    [Theory]
    [InlineData("*/5 * * * *", "2026-01-31T08:02:00Z", "2026-01-31T08:05:00Z")]
    [InlineData("0 8 * * *", "2026-01-31T08:00:00Z", "2026-02-01T08:00:00Z")]
    [InlineData("0 8 29 2 *", "2026-01-31T08:00:00Z", "2028-02-29T08:00:00Z")]
    [InlineData("0 8 * * 0", "2026-01-31T08:00:00Z", "2026-02-01T08:00:00Z")]
    [InlineData("0 8 * * 7", "2026-01-31T08:00:00Z", "2026-02-01T08:00:00Z")]
    [InlineData("0 8 * * 1-5", "2026-01-31T08:00:00Z", "2026-02-02T08:00:00Z")]
    [InlineData("0 8 * * MON", "2026-01-31T08:00:00Z", "2026-02-02T08:00:00Z")]
    [InlineData("15,45 9-17/4 1 * *", "2026-01-31T08:00:00Z", "2026-02-01T09:15:00Z")]
    [InlineData("* * * * * *", "2026-01-31T08:00:00Z", "2026-01-31T08:00:01Z")]
    [InlineData("30 0 8 * * 1", "2026-01-31T08:00:00Z", "2026-02-02T08:00:30Z")]
    public void Should_tick_when_crontab_would(string cron, string after, string expected)
    {
        Assert.True(CronText.TryParse(cron, TimeZoneInfo.Utc, out var expression), cron);

        Assert.Equal(DateTimeOffset.Parse(expected), expression.GetNextValidTimeAfter(DateTimeOffset.Parse(after)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("*/5 * * *")]
    [InlineData("* * * * * * *")]
    [InlineData("60 * * * *")]
    [InlineData("* 24 * * *")]
    [InlineData("* * 32 * *")]
    [InlineData("* * * 13 *")]
    [InlineData("* * * * 8")]
    [InlineData("every five minutes, please ok")]
    [InlineData("0 8 13 * 5")]
    [InlineData("61 * * * * *")]
    public void Should_refuse_what_is_none(string cron) =>
        Assert.False(CronText.TryParse(cron, TimeZoneInfo.Utc, out _), cron);

    [Fact]
    public void Should_tick_once_on_the_night_that_has_no_half_past_two()
    {
        var ticks = Ticks("30 2 * * *", "2024-03-30T00:00:00Z", days: 3);

        Assert.Equal(3, ticks.Length);
        Assert.Equal(3, ticks.Select(t => TimeZoneInfo.ConvertTime(t, Berlin).Date).Distinct().Count());
    }

    [Fact]
    public void Should_tick_once_on_the_night_that_has_half_past_two_twice()
    {
        var ticks = Ticks("30 2 * * *", "2024-10-26T00:00:00Z", days: 3);

        Assert.Equal(3, ticks.Length);
        Assert.Equal(3, ticks.Select(t => TimeZoneInfo.ConvertTime(t, Berlin).Date).Distinct().Count());
    }

    [Theory]
    [InlineData("2024-03-31T00:00:00Z")]
    [InlineData("2024-10-27T00:00:00Z")]
    public void Should_tick_every_five_minutes_through_a_change_of_clocks(string from)
    {
        var ticks = Ticks("*/5 * * * *", from, days: 1);

        Assert.Equal(24 * 12, ticks.Length);
        Assert.All(ticks.Zip(ticks.Skip(1)), pair => Assert.Equal(TimeSpan.FromMinutes(5), pair.Second - pair.First));
    }

    private static DateTimeOffset[] Ticks(string cron, string from, int days)
    {
        Assert.True(CronText.TryParse(cron, Berlin, out var expression));
        var (time, end) = (DateTimeOffset.Parse(from).AddSeconds(-1), DateTimeOffset.Parse(from).AddDays(days));
        var ticks = new List<DateTimeOffset>();
        while (expression.GetNextValidTimeAfter(time) is { } next && next < end)
        {
            ticks.Add(next);
            time = next;
        }

        return [.. ticks];
    }
}
