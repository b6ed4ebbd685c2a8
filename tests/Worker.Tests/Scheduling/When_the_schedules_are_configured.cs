using Gateway.Contracts;
using Gateway.Worker.Configuration;
using Gateway.Worker.Hosting;
using Gateway.Worker.Scheduling;
using Microsoft.Extensions.Configuration;
using Xunit;

namespace Gateway.Worker.Tests.Scheduling;

public class When_the_schedules_are_configured
{
    [Fact]
    public void Should_have_three_in_the_business_time_zone()
    {
        var schedules = Read();

        Assert.Equal("Asia/Ho_Chi_Minh", schedules.Zone.Id);
        Assert.Equal(
            [("payment-expiry", "*/5 * * * *", true), ("balance-check", "*/5 * * * *", true), ("settlement-report", "0 8 * * *", true)],
            schedules.Schedules.Select(s => (s.Name, s.Cron, s.IsEnabled)));
        Assert.Equal(
            DateTimeOffset.Parse("2026-02-01T01:00:00Z"),
            schedules.Find("settlement-report")!.Expression.GetNextValidTimeAfter(DateTimeOffset.Parse("2026-01-31T08:00:00Z")));
    }

    [Fact]
    public void Should_report_the_business_day_before_the_tick()
    {
        var report = Read().Find("settlement-report")!;

        // 08:00 on 1 February in Ho Chi Minh City.
        var message = Assert.IsType<GenerateSettlementReport>(report.MessageFor(DateTimeOffset.Parse("2026-02-01T01:00:00Z")));

        Assert.Equal(new DateOnly(2026, 1, 31), message.Date);
    }

    [Theory]
    [InlineData("2026-02-01T01:00:00Z", "2026-02-01T01:00:00Z")]
    [InlineData("2026-02-01T01:00:00.9Z", "2026-02-01T01:00:00Z")]
    [InlineData("2026-02-01T04:30:17.123Z", "2026-02-01T01:00:00Z")]
    [InlineData("2026-02-02T00:59:59.999Z", "2026-02-01T01:00:00Z")]
    public void Should_take_a_late_firing_for_the_tick_that_was_missed(string firedFor, string tick) =>
        Assert.Equal(
            DateTimeOffset.Parse(tick), Schedule.LastTick(Read().Find("settlement-report")!.Expression, DateTimeOffset.Parse(firedFor)));

    [Fact]
    public void Should_take_what_the_operator_says()
    {
        var schedules = Read(("PAYMENT_EXPIRY_CRON", "*/2 * * * *"), ("BALANCE_CHECK_ENABLED", "false"), ("BUSINESS_TIME_ZONE", "Europe/Berlin"));

        Assert.Equal("*/2 * * * *", schedules.Find("payment-expiry")!.Cron);
        Assert.Equal("Europe/Berlin", schedules.Find("payment-expiry")!.Expression.TimeZone.Id);
        Assert.False(schedules.Find("balance-check")!.IsEnabled);
    }

    [Fact]
    public void Should_name_every_variable_that_is_wrong()
    {
        var exception = Assert.Throws<InvalidSettingsException>(() => GatewayOptions.Read(Configuration(
            ("PAYMENT_EXPIRY_CRON", "*/5 * * *"), ("SETTLEMENT_REPORT_CRON", "0 8 13 * 5"), ("BUSINESS_TIME_ZONE", "Mars/Olympus"), ("PERIODIC_RETRY_DELAYS", "40s,10s"), ("REPORTS_TIMEOUT", "0s"))));

        Assert.Equal(5, exception.Errors.Count);
        Assert.Contains(exception.Errors, e => e.StartsWith("PAYMENT_EXPIRY_CRON: '*/5 * * *' is not a cron expression of five fields", StringComparison.Ordinal));
        Assert.Contains(exception.Errors, e => e.StartsWith("SETTLEMENT_REPORT_CRON", StringComparison.Ordinal) && e.Contains("cannot both be restricted", StringComparison.Ordinal));
        Assert.Contains(exception.Errors, e => e.StartsWith("BUSINESS_TIME_ZONE: 'Mars/Olympus' is not a time zone", StringComparison.Ordinal));
        Assert.Contains(exception.Errors, e => e.StartsWith("PERIODIC_RETRY_DELAYS: '40s,10s'", StringComparison.Ordinal));
        Assert.Contains(exception.Errors, e => e.StartsWith("REPORTS_TIMEOUT", StringComparison.Ordinal));
    }

    private static ScheduleOptions Read(params (string Variable, string Value)[] variables) => GatewayOptions.Read(Configuration(variables)).Schedules;

    private static IConfiguration Configuration(params (string Variable, string Value)[] variables) =>
        new ConfigurationBuilder().AddInMemoryCollection(variables.ToDictionary(v => v.Variable, v => (string?)v.Value)).Build();
}
