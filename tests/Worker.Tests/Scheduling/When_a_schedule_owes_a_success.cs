using Gateway.Worker.Hosting;
using Gateway.Worker.Scheduling;
using Microsoft.Extensions.Configuration;
using Xunit;

namespace Gateway.Worker.Tests.Scheduling;

/// <summary>What trials found (docs/faults.md: H9).</summary>
public sealed class When_a_schedule_owes_a_success
{
    // 8 in the morning in Ho Chi Minh City.
    private static readonly DateTimeOffset Tick = new(2026, 11, 25, 1, 0, 0, TimeSpan.Zero);
    private static readonly ScheduleState Ticking = new(IsPaused: false, Tick, Tick.AddDays(1), SetUpAt: Tick.AddDays(-100));

    private static Schedule Daily => GatewayOptions.Read(new ConfigurationBuilder().Build()).Schedules.Find("settlement-report")!;

    [Fact]
    public void Should_owe_nothing_between_a_success_and_the_next_tick()
    {
        var figures = Of(Ticking, lastSuccess: Tick.AddSeconds(1), now: Tick.AddHours(23));

        Assert.Equal((TimeSpan.FromHours(23) - TimeSpan.FromSeconds(1), TimeSpan.Zero), (figures.SinceSuccess, figures.Overdue));
    }

    [Fact]
    public void Should_be_late_since_the_first_tick_without_a_success()
    {
        var figures = Of(Ticking, lastSuccess: Tick.AddDays(-3).AddSeconds(1), now: Tick.AddHours(1));

        Assert.Equal(TimeSpan.FromDays(2) + TimeSpan.FromHours(1), figures.Overdue);
    }

    [Fact]
    public void Should_take_a_success_by_a_clock_that_is_slow_for_one_of_the_tick()
    {
        Assert.Equal(TimeSpan.Zero, Of(Ticking, lastSuccess: Tick.AddSeconds(-2), now: Tick.AddHours(1)).Overdue);
    }

    [Fact]
    public void Should_owe_since_it_was_set_up_when_it_never_succeeded()
    {
        var figures = Of(Ticking with { SetUpAt = Tick.AddHours(-1) }, lastSuccess: null, now: Tick.AddHours(2));

        Assert.Equal((null, TimeSpan.FromHours(2)), (figures.SinceSuccess, figures.Overdue));
    }

    [Fact]
    public void Should_not_hold_against_it_what_the_job_log_no_longer_knows()
    {
        Assert.Equal(TimeSpan.FromHours(2), Of(Ticking, lastSuccess: null, now: Tick.AddHours(2), knownSince: Tick.AddHours(-1)).Overdue);
    }

    [Fact]
    public void Should_owe_nothing_while_it_is_paused()
    {
        var figures = Of(Ticking with { IsPaused = true }, lastSuccess: Tick.AddDays(-3), now: Tick);

        // H9: what tells of the pause instead.
        Assert.Equal((null, true), (figures.Overdue, figures.IsPaused));
    }

    private static ScheduleFigures Of(ScheduleState state, DateTimeOffset? lastSuccess, DateTimeOffset now, DateTimeOffset? knownSince = null) =>
        ScheduleFigures.From(Daily, state, lastSuccess, knownSince ?? Tick.AddDays(-30), now);
}
