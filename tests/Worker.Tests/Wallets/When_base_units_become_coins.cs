using System.Numerics;
using Gateway.Worker.Wallets;
using Xunit;

namespace Gateway.Worker.Tests.Wallets;

public class When_base_units_become_coins
{
    [Fact]
    public void Should_keep_every_digit() =>
        Assert.Equal(12_345_678_901.123456789012345678m, BaseUnits.ToCoins(BigInteger.Parse("12345678901123456789012345678"), 18));

    [Theory]
    [InlineData("-1", 6)]
    [InlineData("10000000000000000000000000000000000000000", 6)]
    [InlineData("1000000000000000000", 0)]
    [InlineData("1", 200)]
    [InlineData("1", -1)]
    public void Should_refuse_what_cannot_be_kept(string units, int decimals) =>
        Assert.Throws<UnreadableBalanceException>(() => BaseUnits.ToCoins(BigInteger.Parse(units), decimals));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("0x")]
    [InlineData("12")]
    [InlineData("0x-1")]
    [InlineData("0xlots")]
    public void Should_refuse_text_as_an_amount(string? text) => Assert.Throws<UnreadableBalanceException>(() => BaseUnits.ParseHex(text));
}
