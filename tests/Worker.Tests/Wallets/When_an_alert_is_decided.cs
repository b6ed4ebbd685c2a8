using Gateway.Worker.Wallets;
using Xunit;

namespace Gateway.Worker.Tests.Wallets;

public class When_an_alert_is_decided
{
    private static readonly DateTime Now = new(2026, 11, 24, 9, 0, 0, DateTimeKind.Utc);

    [Theory]
    [InlineData(BalanceRange.Inside, BalanceRange.Inside, null, BalanceAlert.None)]
    [InlineData(BalanceRange.Inside, BalanceRange.Below, null, BalanceAlert.OutOfRange)]
    [InlineData(BalanceRange.Inside, BalanceRange.Above, 1.0, BalanceAlert.OutOfRange)]
    [InlineData(BalanceRange.Below, BalanceRange.Below, 23.9, BalanceAlert.None)]
    [InlineData(BalanceRange.Below, BalanceRange.Below, 24.0, BalanceAlert.Reminder)]
    [InlineData(BalanceRange.Below, BalanceRange.Above, 1.0, BalanceAlert.OutOfRange)]
    [InlineData(BalanceRange.Above, BalanceRange.Inside, 1.0, BalanceAlert.BackInRange)]
    public void Should_tell_on_crossing_once_a_day_and_when_it_is_over(
        BalanceRange previous, BalanceRange current, double? hoursSinceAlert, BalanceAlert expected)
    {
        var lastAlertAt = hoursSinceAlert is { } hours ? Now.AddHours(-hours) : (DateTime?)null;

        Assert.Equal(expected, AlertRules.Decide(previous, current, lastAlertAt, Now));
    }

    [Theory]
    [InlineData(999.99, BalanceRange.Below)]
    [InlineData(1_000, BalanceRange.Inside)]
    [InlineData(10_000, BalanceRange.Inside)]
    [InlineData(10_000.01, BalanceRange.Above)]
    public void Should_count_the_thresholds_as_inside(double usd, BalanceRange expected) =>
        Assert.Equal(expected, AlertRules.RangeOf((decimal)usd, 1_000, 10_000));
}
