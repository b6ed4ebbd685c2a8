using System.Globalization;
using Gateway.Worker.Dashboard.Overview;
using Gateway.Worker.Ops.Figures;
using Gateway.Worker.Ops.Overview;
using Xunit;

namespace Gateway.Worker.Tests.Dashboard;

public sealed class When_the_rate_of_now_is_shown
{
    private static readonly DateTime From = new(2026, 1, 31, 9, 0, 0, DateTimeKind.Utc);

    /// <summary>The last minute is the one that runs: it is not over yet.</summary>
    [Fact]
    public void Should_be_that_of_the_last_whole_minute() => Assert.Equal(30, Shown((58, 10), (59, 30), (60, 2)));

    [Fact]
    public void Should_be_that_of_the_minute_that_runs_when_there_was_none_before() => Assert.Equal(2, Shown((60, 2)));

    /// <summary>Minutes without an attempt are not among those that are told.</summary>
    [Fact]
    public void Should_be_none_when_nothing_has_been_attempted_for_a_while() => Assert.Equal(0, Shown((2, 12_000), (57, 10_000)));

    private static long Shown(params (int Minute, long Attempts)[] minutes) => OverviewPage.AttemptsAMinute(new OverviewResponse
    {
        Troubles = [],
        From = From,
        Minutes = [.. minutes.Select(minute => new FigureResponse
        {
            Key = From.AddMinutes(minute.Minute).ToString("yyyy-MM-dd'T'HH:mm'Z'", CultureInfo.InvariantCulture),
            Attempts = minute.Attempts,
            Succeeded = minute.Attempts,
            Retrying = 0,
            Dead = 0,
            Skipped = 0,
            Retries = 0,
            PerSecond = 0,
        })],
    });
}
