using Gateway.Persistence.Scheduling;
using Gateway.Worker.Hosting;
using Gateway.Worker.Scheduling;
using Microsoft.Extensions.Configuration;
using Xunit;

namespace Gateway.Worker.Tests.Scheduling;

/// <summary>Which of several configurations of a schedule holds. (docs/faults.md: A21)</summary>
public sealed class When_workers_are_configured_differently
{
    private static readonly DateTime Noon = new(2026, 11, 28, 12, 0, 0, DateTimeKind.Utc);

    private static Schedule Own => GatewayOptions.Read(new ConfigurationBuilder().Build()).Schedules.Find("settlement-report")!;

    [Fact]
    public void Should_do_as_it_is_configured_when_there_are_no_others() =>
        Assert.Equal(("0 8 * * *", true), Holding());

    [Fact]
    public void Should_take_the_newest_of_those_that_want_it_to_tick() =>
        Assert.Equal(("0 9 * * *", true), Holding(Says("0 10 * * *", false), Says("0 9 * * *", true), Says("0 8 * * *", true)));

    [Fact]
    public void Should_tick_no_more_when_nobody_wants_it_to() =>
        Assert.Equal(("0 9 * * *", false), Holding(Says("0 9 * * *", false), Says("0 8 * * *", false)));

    [Fact]
    public void Should_not_read_what_only_a_later_version_can() =>
        Assert.False(AgreedSchedule.From(Says("@daily", true)).TryRead(out _));

    private static (string Cron, bool IsEnabled) Holding(params ScheduleSetting[] said)
    {
        var agreed = AgreedSchedule.Decide(Own, said);
        return (agreed.Cron, agreed.IsEnabled);
    }

    private static ScheduleSetting Says(string cron, bool isEnabled) => new()
    {
        Schedule = "settlement-report",
        WorkerId = Guid.CreateVersion7(),
        Host = "worker",
        Cron = cron,
        TimeZone = "Asia/Ho_Chi_Minh",
        IsEnabled = isEnabled,
        Since = Noon,
        SeenAt = Noon,
    };
}
