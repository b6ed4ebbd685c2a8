using Gateway.Persistence.Wallets;
using Gateway.Worker.Wallets;
using Xunit;

namespace Gateway.Worker.Tests.Wallets;

/// <summary>What trials found (docs/faults.md: D6, D11).</summary>
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
        BalanceRange told, BalanceRange current, double? hoursSinceAlert, BalanceAlert expected)
    {
        var toldAt = hoursSinceAlert is { } hours ? Now.AddHours(-hours) : (DateTime?)null;

        Assert.Equal(expected, AlertRules.MailOf(State(mailed: told, mailedAt: toldAt), current, Now));
        Assert.Equal(expected != BalanceAlert.None, AlertRules.IsPublished(State(published: told, publishedAt: toldAt), current, Now));
    }

    [Fact]
    public void Should_publish_nothing_again_while_the_mail_is_tried()
    {
        var state = State(published: BalanceRange.Below, publishedAt: Now.AddHours(-6));

        Assert.False(AlertRules.IsPublished(state, BalanceRange.Below, Now));
        Assert.Equal(BalanceAlert.OutOfRange, AlertRules.MailOf(state, BalanceRange.Below, Now));
    }

    [Theory]
    [InlineData(999.99, BalanceRange.Below)]
    [InlineData(1_000, BalanceRange.Inside)]
    [InlineData(10_000, BalanceRange.Inside)]
    [InlineData(10_000.01, BalanceRange.Above)]
    public void Should_count_the_thresholds_as_inside(double usd, BalanceRange expected) =>
        Assert.Equal(expected, AlertRules.RangeOf((decimal)usd, 1_000, 10_000, BalanceRange.Inside));

    [Theory]
    [InlineData(BalanceRange.Below, 1_019.99, BalanceRange.Below)]
    [InlineData(BalanceRange.Below, 1_020, BalanceRange.Inside)]
    [InlineData(BalanceRange.Below, 10_000.01, BalanceRange.Above)]
    [InlineData(BalanceRange.Above, 9_800.01, BalanceRange.Above)]
    [InlineData(BalanceRange.Above, 9_800, BalanceRange.Inside)]
    [InlineData(BalanceRange.Above, 999.99, BalanceRange.Below)]
    public void Should_call_a_wallet_back_in_range_only_well_inside(BalanceRange told, double usd, BalanceRange expected) =>
        Assert.Equal(expected, AlertRules.RangeOf((decimal)usd, 1_000, 10_000, told));

    // 2 % of 1,000 is more than there is between the thresholds.
    [Theory]
    [InlineData(BalanceRange.Below)]
    [InlineData(BalanceRange.Above)]
    public void Should_call_it_back_in_the_middle_of_a_narrow_range(BalanceRange told) =>
        Assert.Equal(BalanceRange.Inside, AlertRules.RangeOf(1_002, 1_000, 1_004, told));

    private static WalletState State(
        BalanceRange published = BalanceRange.Inside,
        DateTime? publishedAt = null,
        BalanceRange mailed = BalanceRange.Inside,
        DateTime? mailedAt = null)
    {
        return new()
        {
            Chain = "solana",
            Network = "mainnet",
            WalletAddress = "a wallet",
            PublishedRange = published,
            PublishedAt = publishedAt,
            MailedRange = mailed,
            MailedAt = mailedAt,
        };
    }
}
