using System.Net;
using Gateway.Worker.Webhooks.Attempts;
using Gateway.Worker.Webhooks.Sending;
using Xunit;

namespace Gateway.Worker.Tests.Webhooks.Sending;

public sealed class When_an_endpoint_is_on_this_machine
{
    private const string Ok = "HTTP/1.1 204 No Content\r\n\r\n";

    private static readonly SendingOptions Local = new() { AllowLocal = true };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("localhost")]
    public async Task Should_be_reached_by_http_at_any_port_where_development_allows_it(string host)
    {
        await using var endpoint = new Endpoint(Ok);
        using var sender = Loopback.Sender(options: Local, resolve: Loopback.ResolvesTo(IPAddress.Loopback));

        var result = await sender.SendAsync(Loopback.Request(endpoint.Url(host)), Token);

        Assert.Equal(AttemptOutcome.Succeeded, result.Outcome);
    }

    [Fact]
    public async Task Should_stay_refused_under_a_name_of_somebody_else()
    {
        await using var endpoint = new Endpoint(Ok);
        using var sender = Loopback.Sender(
            options: Local with { AllowHttp = true, AllowedPorts = [] }, resolve: Loopback.ResolvesTo(IPAddress.Loopback));

        var result = await sender.SendAsync(Loopback.Request(endpoint.Url("merchant.example")), Token);

        Assert.Equal((AttemptOutcome.AddressRefused, 0), (result.Outcome, endpoint.Accepted));
    }

    [Theory]
    [InlineData("http://10.0.0.7/hooks")]
    [InlineData("http://merchant.example/hooks")]
    [InlineData("https://merchant.example:9000/hooks")]
    [InlineData("https://169.254.169.254/hooks")]
    [InlineData("ftp://127.0.0.1/hooks")]
    public void Should_open_nothing_else(string url) => Assert.NotNull(Guard(Local).Check(new Uri(url)));

    [Fact]
    public void Should_be_refused_unless_development_allows_it()
    {
        var url = new Uri("https://localhost:443/hooks");

        Assert.NotNull(Guard(new SendingOptions()).Check(new Uri("https://127.0.0.1/hooks")));
        Assert.Null(Guard(Local).Check(url));
        Assert.Contains("WEBHOOK_ALLOW_LOCAL=true", EndpointGuard.RemedyFor(url), StringComparison.Ordinal);
        Assert.Contains("WEBHOOK_ALLOWED_NETWORKS", EndpointGuard.RemedyFor(new Uri("https://10.0.0.7/")), StringComparison.Ordinal);
    }

    private static EndpointGuard Guard(SendingOptions options) => new(options, Loopback.ResolvesTo(), TimeProvider.System);
}
