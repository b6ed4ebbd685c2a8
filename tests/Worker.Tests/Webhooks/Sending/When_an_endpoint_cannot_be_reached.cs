using System.Net;
using System.Net.Sockets;
using Gateway.Worker.Webhooks.Attempts;
using Gateway.Worker.Webhooks.Sending;
using Xunit;

namespace Gateway.Worker.Tests.Webhooks.Sending;

public class When_an_endpoint_cannot_be_reached
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("2130706433")]
    [InlineData("0x7f.1")]
    [InlineData("127.0.0.1.")]
    [InlineData("[::ffff:127.0.0.1]")]
    public async Task Should_refuse_an_internal_address_before_connecting(string host)
    {
        await using var endpoint = new Endpoint(Ok);
        using var sender = Loopback.Sender(options: Loopback.Allowed with { AllowedNetworks = [] });

        var result = await sender.SendAsync(Loopback.Request(endpoint.Url(host)), Token);

        Assert.Equal((AttemptOutcome.AddressRefused, (int?)null, 0), (result.Outcome, result.StatusCode, endpoint.Accepted));
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("8.8.8.8", "127.0.0.1")]
    [InlineData("127.0.0.1", "8.8.8.8")]
    [InlineData("2606:4700:4700::1111", "::1")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("64:ff9b::127.0.0.1")]
    public async Task Should_refuse_a_name_that_has_an_internal_address_among_others(params string[] addresses)
    {
        await using var endpoint = new Endpoint(Ok);
        using var sender = Loopback.Sender(
            options: Loopback.Allowed with { AllowedNetworks = [] },
            resolve: Loopback.ResolvesTo(Array.ConvertAll(addresses, IPAddress.Parse)));

        var result = await sender.SendAsync(Loopback.Request(endpoint.Url("merchant.example")), Token);

        Assert.Equal((AttemptOutcome.AddressRefused, 0), (result.Outcome, endpoint.Accepted));
        Assert.StartsWith("merchant.example is not a public address: it is a loopback address", result.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_refuse_a_name_that_the_system_resolves_to_loopback()
    {
        await using var endpoint = new Endpoint(Ok);
        using var sender = Loopback.Sender(options: Loopback.Allowed with { AllowedNetworks = [] }, resolve: Dns.GetHostAddressesAsync);

        var result = await sender.SendAsync(Loopback.Request(endpoint.Url("localhost")), Token);

        Assert.Equal((AttemptOutcome.AddressRefused, 0), (result.Outcome, endpoint.Accepted));
    }

    [Fact]
    public async Task Should_connect_to_the_address_that_was_judged_without_a_second_look_up()
    {
        var lookUps = 0;
        await using var endpoint = new Endpoint(Ok);
        using var sender = Loopback.Sender(resolve: (_, _) =>
            Task.FromResult(new[] { Interlocked.Increment(ref lookUps) == 1 ? IPAddress.Loopback : IPAddress.Parse("10.0.0.1") }));

        // The name turns to an internal address after the first look-up; the pooled connection stays where it was judged.
        var results = new[]
        {
            await sender.SendAsync(Loopback.Request(endpoint.Url("merchant.example")), Token),
            await sender.SendAsync(Loopback.Request(endpoint.Url("merchant.example")), Token),
        };

        Assert.All(results, result => Assert.Equal(AttemptOutcome.Succeeded, result.Outcome));
        Assert.Equal((1, 1), (lookUps, endpoint.Accepted));
    }

    [Fact]
    public async Task Should_judge_the_name_again_for_a_new_connection()
    {
        var lookUps = 0;
        await using var endpoint = new Endpoint("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
        using var sender = Loopback.Sender(resolve: (_, _) =>
            Task.FromResult(new[] { Interlocked.Increment(ref lookUps) == 1 ? IPAddress.Loopback : IPAddress.Parse("10.0.0.1") }));

        var first = await sender.SendAsync(Loopback.Request(endpoint.Url("merchant.example")), Token);
        var second = await sender.SendAsync(Loopback.Request(endpoint.Url("merchant.example")), Token);

        Assert.Equal((AttemptOutcome.Succeeded, AttemptOutcome.AddressRefused), (first.Outcome, second.Outcome));
        Assert.Equal(1, endpoint.Accepted);
    }

    [Theory]
    [InlineData("127.0.0.2")]
    [InlineData("::1")]
    public async Task Should_try_the_next_address_when_one_refuses(string closed)
    {
        await using var endpoint = new Endpoint(Ok);
        using var sender = Loopback.Sender(
            options: Loopback.Allowed with { AllowedNetworks = [IPNetwork.Parse("127.0.0.0/8"), IPNetwork.Parse("::1/128")] },
            resolve: Loopback.ResolvesTo(IPAddress.Parse(closed), IPAddress.Loopback));

        var result = await sender.SendAsync(Loopback.Request(endpoint.Url("merchant.example")), Token);

        Assert.Equal(AttemptOutcome.Succeeded, result.Outcome);
    }

    [Fact]
    public async Task Should_ask_for_the_name_in_its_ascii_form()
    {
        string? asked = null;
        await using var endpoint = new Endpoint(Ok);
        using var sender = Loopback.Sender(resolve: (host, _) =>
        {
            asked = host;
            return Task.FromResult(new[] { IPAddress.Loopback });
        });

        await sender.SendAsync(Loopback.Request(endpoint.Url("BÜCHER.example")), Token);

        Assert.Equal("xn--bcher-kva.example", asked);
        Assert.Equal($"xn--bcher-kva.example:{endpoint.Port}", (await endpoint.Requests.ReadAsync(Token)).Header("Host"));
    }

    [Theory]
    [InlineData(SocketError.HostNotFound)]
    [InlineData(SocketError.TryAgain)]
    [InlineData(SocketError.NoData)]
    public async Task Should_say_when_a_name_has_no_address(SocketError error)
    {
        using var sender = Loopback.Sender(resolve: (_, _) => Task.FromException<IPAddress[]>(new SocketException((int)error)));

        var result = await sender.SendAsync(Loopback.Request(new Uri("https://merchant.example/a?b=c")), Token);

        Assert.Equal((AttemptOutcome.Dns, $"The name merchant.example has no address ({error})."), (result.Outcome, result.Detail));
    }

    [Fact]
    public async Task Should_say_when_a_name_has_an_empty_list_of_addresses()
    {
        using var sender = Loopback.Sender(resolve: Loopback.ResolvesTo());

        var result = await sender.SendAsync(Loopback.Request(new Uri("https://merchant.example/")), Token);

        Assert.Equal(AttemptOutcome.Dns, result.Outcome);
    }

    [Fact]
    public async Task Should_say_when_a_name_cannot_be_looked_up_at_all()
    {
        using var sender = Loopback.Sender(resolve: Dns.GetHostAddressesAsync);

        var result = await sender.SendAsync(Loopback.Request(new Uri($"https://{string.Concat(Enumerable.Repeat("label.", 50))}example/")), Token);

        Assert.Equal(AttemptOutcome.Dns, result.Outcome);
    }

    [Fact]
    public async Task Should_say_when_the_connection_is_refused()
    {
        await using var endpoint = new Endpoint(Ok);
        await endpoint.StopAsync();
        using var sender = Loopback.Sender();

        var result = await sender.SendAsync(Loopback.Request(endpoint.Url()), Token);

        Assert.Equal(
            (AttemptOutcome.Connect, $"127.0.0.1:{endpoint.Port} cannot be reached (ConnectionRefused)."), (result.Outcome, result.Detail));
    }

    [Fact]
    public async Task Should_time_out_when_the_name_server_does_not_answer()
    {
        var options = Loopback.Allowed with { Timeout = TimeSpan.FromMilliseconds(300) };
        using var sender = Loopback.Sender(options: options, resolve: async (_, cancellationToken) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            return [];
        });

        var result = await sender.SendAsync(Loopback.Request(new Uri("https://merchant.example/")), Token);

        Assert.Equal(AttemptOutcome.Timeout, result.Outcome);
    }

    [Theory]
    [InlineData("http://merchant.example/")]
    [InlineData("https://merchant.example:8443/")]
    [InlineData("https://user:word@merchant.example/")]
    public async Task Should_refuse_what_the_settings_do_not_allow_without_a_look_up(string url)
    {
        var lookUps = 0;
        using var sender = Loopback.Sender(options: new SendingOptions(), resolve: (_, _) =>
        {
            lookUps++;
            return Task.FromResult(new[] { IPAddress.Loopback });
        });

        var result = await sender.SendAsync(Loopback.Request(new Uri(url)), Token);

        Assert.Equal((AttemptOutcome.AddressRefused, 0), (result.Outcome, lookUps));
    }
}
