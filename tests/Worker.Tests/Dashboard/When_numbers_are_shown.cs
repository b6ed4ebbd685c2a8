using Gateway.Worker.Dashboard.Parts;
using Xunit;

namespace Gateway.Worker.Tests.Dashboard;

public sealed class When_numbers_are_shown
{
    [Theory]
    [InlineData(0.4, "< 1 ms")]
    [InlineData(12, "12 ms")]
    [InlineData(1_240, "1.2 s")]
    [InlineData(42_000, "42 s")]
    [InlineData(200_000, "3 min 20 s")]
    [InlineData(5_400_000, "1 h 30 min")]
    [InlineData(100_800_000, "1 d 4 h")]
    public void Should_have_the_two_largest_units(double milliseconds, string shown) => Assert.Equal(shown, Numbers.Milliseconds(milliseconds));

    [Fact]
    public void Should_keep_every_digit_of_money()
    {
        Assert.Equal("9,007,199,254,740,993.10 ₫", Numbers.Vnd(9_007_199_254_740_993.1m));
        Assert.Equal("650,000 ₫", Numbers.Vnd(650_000.00m));
        Assert.Equal("1,204.50 USD", Numbers.Usd(1_204.5m));
        Assert.Equal("25.00000001", Numbers.Coins(25.000000010m));
        Assert.Equal("–", Numbers.Vnd(null));
    }

    [Theory]
    [InlineData(1.0, "100 %")]
    [InlineData(0.99996, "99.9 %")]
    [InlineData(0.3157, "31.6 %")]
    [InlineData(0.0, "0 %")]
    public void Should_say_all_only_when_it_is_all(double part, string shown) => Assert.Equal(shown, Numbers.Percent(part));

    [Theory]
    [InlineData(-20, "20 s ago")]
    [InlineData(0.2, "now")]
    [InlineData(90, "in 1 min 30 s")]
    public void Should_be_seen_from_now(double seconds, string shown) => Assert.Equal(shown, Numbers.Ago(TimeSpan.FromSeconds(seconds)));

    [Fact]
    public void Should_be_a_dash_when_nobody_knows() => Assert.Equal(("–", "–", "–"), (Numbers.Count(null), Numbers.Percent(null), Numbers.Milliseconds(null)));
}
