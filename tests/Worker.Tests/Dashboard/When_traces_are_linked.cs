using Gateway.Worker.Configuration;
using Gateway.Worker.Dashboard;
using Microsoft.Extensions.Configuration;
using Xunit;

namespace Gateway.Worker.Tests.Dashboard;

public sealed class When_traces_are_linked
{
    [Theory]
    [InlineData("http://127.0.0.1:16686/trace/{trace_id}", "http://127.0.0.1:16686/trace/0af7")]
    [InlineData("https://grafana.test/explore?left={\"q\":\"{trace_id}\"}", "https://grafana.test/explore?left={\"q\":\"0af7\"}")]
    [InlineData("", null)]
    public void Should_put_the_trace_into_the_address(string text, string? link)
    {
        var settings = Settings(text);

        Assert.Equal(link, DashboardOptions.Read(settings).LinkToTrace("0af7"));
        Assert.Null(DashboardOptions.Read(settings).LinkToTrace(null));
        settings.ThrowIfInvalid();
    }

    [Theory]
    [InlineData("http://127.0.0.1:16686/trace")]
    [InlineData("/trace/{trace_id}")]
    [InlineData("javascript:alert('{trace_id}')")]
    [InlineData("https://me:secret@traces.test/{trace_id}")]
    public void Should_take_nothing_else(string text)
    {
        var settings = Settings(text);
        DashboardOptions.Read(settings);

        Assert.Contains("TRACE_URL", Assert.Throws<InvalidSettingsException>(settings.ThrowIfInvalid).Message, StringComparison.Ordinal);
    }

    private static Settings Settings(string url) =>
        new(new ConfigurationBuilder().AddInMemoryCollection([KeyValuePair.Create("TRACE_URL", (string?)url)]).Build());
}
