using Gateway.Worker.Configuration;
using Gateway.Worker.Hosting;
using Microsoft.Extensions.Configuration;
using Xunit;

namespace Gateway.Worker.Tests.Settlement;

public class When_the_look_back_is_configured
{
    [Theory]
    [InlineData(null, 7)]
    [InlineData("1d", 1)]
    [InlineData("72h", 3)]
    [InlineData("92d", 92)]
    public void Should_be_a_number_of_days(string? text, int days) => Assert.Equal(days, Read(text).Settlement.LookbackDays);

    [Theory]
    [InlineData("0d")]
    [InlineData("36h")]
    [InlineData("93d")]
    [InlineData("7")]
    [InlineData("a week")]
    public void Should_refuse_what_is_none(string text)
    {
        var exception = Assert.Throws<InvalidSettingsException>(() => Read(text));

        Assert.Contains($"SETTLEMENT_LOOKBACK: '{text}' is not a number of whole days such as 7d, from 1d to 92d", exception.Message, StringComparison.Ordinal);
    }

    private static GatewayOptions Read(string? text) =>
        GatewayOptions.Read(new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?> { ["SETTLEMENT_LOOKBACK"] = text }).Build());
}
