using Gateway.Worker.Configuration;
using Gateway.Worker.Dashboard;
using Microsoft.Extensions.Configuration;
using Xunit;

namespace Gateway.Worker.Tests.Dashboard;

public sealed class When_a_path_is_configured
{
    [Theory]
    [InlineData("", "")]
    [InlineData("/", "")]
    [InlineData("/gateway/", "/gateway")]
    [InlineData("/ops/gateway-1", "/ops/gateway-1")]
    public void Should_take_a_path(string text, string path)
    {
        var settings = Settings(text);

        Assert.Equal(path, DashboardOptions.Read(settings).PathBase.ToString());
        settings.ThrowIfInvalid();
    }

    [Theory]
    [InlineData("gateway")]
    [InlineData("https://example.com/gateway")]
    [InlineData("/a//b")]
    [InlineData("/../b")]
    [InlineData("/a?b")]
    public void Should_take_nothing_else(string text)
    {
        var settings = Settings(text);
        DashboardOptions.Read(settings);

        Assert.Contains("OPS_PATH_BASE", Assert.Throws<InvalidSettingsException>(settings.ThrowIfInvalid).Message, StringComparison.Ordinal);
    }

    private static Settings Settings(string pathBase) =>
        new(new ConfigurationBuilder().AddInMemoryCollection([KeyValuePair.Create("OPS_PATH_BASE", (string?)pathBase)]).Build());
}
