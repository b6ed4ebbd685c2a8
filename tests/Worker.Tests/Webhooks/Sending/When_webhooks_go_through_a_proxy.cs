using System.Net;
using Gateway.Worker.Webhooks.Attempts;
using Gateway.Worker.Webhooks.Sending;
using Xunit;

namespace Gateway.Worker.Tests.Webhooks.Sending;

/// <summary>
/// The proxy is told the judged address and nothing of the webhook, and only what the guard lets through. (docs/faults.md: F4)
/// </summary>
public sealed class When_webhooks_go_through_a_proxy
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_ask_the_proxy_for_the_judged_address()
    {
        await using var proxy = new ConnectProxy();
        await using var endpoint = new Endpoint(Ok);
        using var sender = Sender(proxy);

        var first = await sender.SendAsync(Loopback.Request(endpoint.Url("merchant.example")), Token);
        var second = await sender.SendAsync(Loopback.Request(endpoint.Url("merchant.example")), Token);

        Assert.Equal((AttemptOutcome.Succeeded, AttemptOutcome.Succeeded), (first.Outcome, second.Outcome));
        Assert.Equal([$"CONNECT 127.0.0.1:{endpoint.Port} HTTP/1.1", $"Host: 127.0.0.1:{endpoint.Port}"], Assert.Single(proxy.Heads));
        var received = await endpoint.Requests.ReadAsync(Token);
        Assert.Equal(
            ("POST /hooks/orders?key=q-u-e-r-y HTTP/1.1", $"merchant.example:{endpoint.Port}", null),
            (received.Head[0], received.Header("Host"), received.Header("Proxy-Authorization")));
    }

    [Fact]
    public async Task Should_show_the_proxy_its_credentials_and_nobody_else()
    {
        await using var proxy = new ConnectProxy { Authorization = "Basic YW5uOmNhbmFyeQ==" };
        await using var endpoint = new Endpoint(Ok);
        using var sender = Sender(proxy, ("WEBHOOK_PROXY_USER", "ann"), ("WEBHOOK_PROXY_PASSWORD", "canary"));

        var result = await sender.SendAsync(Loopback.Request(endpoint.Url("merchant.example")), Token);

        Assert.Equal(AttemptOutcome.Succeeded, result.Outcome);
        var received = await endpoint.Requests.ReadAsync(Token);
        Assert.DoesNotContain(received.Head, line => line.Contains("YW5uOmNhbmFyeQ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Should_say_when_the_proxy_wants_other_credentials()
    {
        await using var proxy = new ConnectProxy { Authorization = "Basic YW5uOmNhbmFyeQ==" };
        await using var endpoint = new Endpoint(Ok);
        using var sender = Sender(proxy, ("WEBHOOK_PROXY_USER", "ann"), ("WEBHOOK_PROXY_PASSWORD", "another"));

        var result = await sender.SendAsync(Loopback.Request(endpoint.Url("merchant.example")), Token);

        Assert.Equal(
            (AttemptOutcome.Connect, $"The proxy 127.0.0.1:{proxy.Port} answered 407 to a connection to 127.0.0.1:{endpoint.Port}.", 0),
            (result.Outcome, result.Detail, endpoint.Accepted));
    }

    [Theory]
    [InlineData("10.0.0.1")]
    [InlineData("8.8.8.8", "169.254.169.254")]
    public async Task Should_not_ask_the_proxy_for_an_address_that_is_refused(params string[] addresses)
    {
        await using var proxy = new ConnectProxy();
        using var sender = Sender(proxy, Array.ConvertAll(addresses, IPAddress.Parse));

        var result = await sender.SendAsync(Loopback.Request(new Uri("https://merchant.example/hooks")), Token);

        Assert.Equal(AttemptOutcome.AddressRefused, result.Outcome);
        Assert.Empty(proxy.Heads);
    }

    [Theory]
    [InlineData("HTTP/1.1 503 Service Unavailable\r\n\r\n", "answered 503 to a connection to 127.0.0.1:9.")]
    [InlineData("HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "answered 200 to a connection to 127.0.0.1:9.")]
    [InlineData("220 mail.example ESMTP\r\n\r\n", "does not speak HTTP.")]
    [InlineData("", "closed the connection.")]
    public async Task Should_say_what_the_proxy_answered_instead(string answer, string words)
    {
        await using var proxy = new ConnectProxy { Answer = answer };
        using var sender = Sender(proxy);

        var result = await sender.SendAsync(Loopback.Request(new Uri("http://merchant.example:9/hooks")), Token);

        Assert.Equal((AttemptOutcome.Connect, $"The proxy 127.0.0.1:{proxy.Port} {words}"), (result.Outcome, result.Detail));
    }

    [Fact]
    public async Task Should_say_when_the_proxy_cannot_be_reached()
    {
        var proxy = new ConnectProxy();
        await proxy.DisposeAsync();
        using var sender = Sender(proxy);

        var result = await sender.SendAsync(Loopback.Request(new Uri("http://merchant.example:9/hooks")), Token);

        Assert.Equal((AttemptOutcome.Connect, $"The proxy 127.0.0.1:{proxy.Port} cannot be reached."), (result.Outcome, result.Detail));
    }

    private static WebhookSender Sender(ConnectProxy proxy, params (string Variable, string Value)[] settings) =>
        Sender(proxy, [IPAddress.Loopback], settings);

    private static WebhookSender Sender(ConnectProxy proxy, IPAddress[] addresses, params (string Variable, string Value)[] settings) =>
        Loopback.Sender(
        options: Loopback.Allowed with { Proxy = Loopback.Proxy(proxy, settings) },
        resolve: Loopback.ResolvesTo(addresses));
}
