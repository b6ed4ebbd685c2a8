using System.Net;
using System.Net.Sockets;
using Gateway.Worker.Webhooks.Attempts;
using Gateway.Worker.Webhooks.Sending;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Worker.Tests.Webhooks.Sending;

/// <summary>Name servers that never answer hold no thread and no attempt for longer than three seconds. (docs/faults.md: B2)</summary>
public sealed class When_a_name_is_looked_up : IAsyncDisposable
{
    private readonly NameServer _server = new();
    private readonly FakeTimeProvider _time = new();
    private readonly string _hosts = Path.Combine(Directory.CreateTempSubdirectory("hosts-").FullName, "hosts");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_find_the_addresses_of_both_families_behind_an_alias()
    {
        _server.Knows("merchant.example", "203.0.113.1", "203.0.113.2", "2001:db8::1");

        var addresses = await Names().ResolveAsync("merchant.example", Token);

        Assert.Equal(["2001:db8::1", "203.0.113.1", "203.0.113.2"], addresses.Select(a => a.ToString()));
    }

    [Theory]
    [InlineData("203.0.113.1")]
    [InlineData("2001:db8::1")]
    public async Task Should_find_a_host_of_one_family(string address)
    {
        _server.Knows("merchant.example", address);

        Assert.Equal([IPAddress.Parse(address)], await Names().ResolveAsync("merchant.example.", Token));
    }

    [Fact]
    public async Task Should_not_wait_for_a_family_about_which_the_name_server_says_nothing()
    {
        _server.Knows("merchant.example", "203.0.113.1").Ignores = question => question.StartsWith("AAAA", StringComparison.Ordinal);

        // By the real clock: what is asserted is the answer.
        Assert.Equal([IPAddress.Parse("203.0.113.1")], await Names(TimeProvider.System).ResolveAsync("merchant.example", Token));
    }

    [Fact]
    public async Task Should_give_up_a_name_server_that_never_answers_and_remember_it_for_a_moment()
    {
        _server.Ignores = _ => true;
        var names = Names();

        var lookup = names.ResolveAsync("merchant.example", Token);
        _time.Advance(NameLookups.Patience);
        Assert.Equal(SocketError.TimedOut, await Failure(lookup));

        // As many as there may be attempts: nobody waits any more.
        Assert.Equal(SocketError.TimedOut, await Failure(names.ResolveAsync("merchant.example", Token)));

        _server.Knows("merchant.example", "203.0.113.1").Ignores = _ => false;
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Single(await names.ResolveAsync("merchant.example", Token));
    }

    [Fact]
    public async Task Should_ask_the_next_server_when_one_is_silent()
    {
        await using var silent = new NameServer { Ignores = _ => true };
        _server.Knows("merchant.example", "203.0.113.1");

        Assert.Single(await Names(TimeProvider.System, silent.EndPoint, _server.EndPoint).ResolveAsync("merchant.example", Token));
    }

    [Fact]
    public async Task Should_ask_by_TCP_for_an_answer_that_does_not_fit()
    {
        _server.Knows("merchant.example", "203.0.113.1").Truncates = true;

        Assert.Single(await Names().ResolveAsync("merchant.example", Token));
    }

    [Fact]
    public async Task Should_ask_once_for_many_who_want_the_same_name()
    {
        _server.Knows("merchant.example", "203.0.113.1");
        var names = Names();

        await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => names.ResolveAsync("merchant.example", Token)));
        await names.ResolveAsync("MERCHANT.example", Token);

        Assert.Equal(["A merchant.example", "AAAA merchant.example"], _server.Questions.Order());
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(30, 30)]
    [InlineData(86_400, 60)]
    public async Task Should_keep_an_answer_as_long_as_it_says_and_a_minute_at_most(int timeToLive, int keptFor)
    {
        _server.Knows("merchant.example", "203.0.113.1").TimeToLive = (uint)timeToLive;
        var names = Names();
        await names.ResolveAsync("merchant.example", Token);

        _time.Advance(TimeSpan.FromSeconds(keptFor) - TimeSpan.FromTicks(1));
        await names.ResolveAsync("merchant.example", Token);
        Assert.Equal(2, _server.Questions.Count);

        _time.Advance(TimeSpan.FromTicks(1));
        await names.ResolveAsync("merchant.example", Token);
        Assert.Equal(4, _server.Questions.Count);
    }

    [Fact]
    public async Task Should_say_that_there_is_no_such_name_and_ask_again_after_five_seconds()
    {
        var names = Names();

        Assert.Equal(SocketError.HostNotFound, await Failure(names.ResolveAsync("merchant.example", Token)));
        Assert.Equal(SocketError.HostNotFound, await Failure(names.ResolveAsync("merchant.example", Token)));
        Assert.Equal(2, _server.Questions.Count);

        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(SocketError.HostNotFound, await Failure(names.ResolveAsync("merchant.example", Token)));
        Assert.Equal(4, _server.Questions.Count);
    }

    [Fact]
    public async Task Should_say_that_a_name_has_no_address()
    {
        _server.Knows("merchant.example");

        Assert.Equal(SocketError.NoData, await Failure(Names().ResolveAsync("merchant.example", Token)));
    }

    [Fact]
    public async Task Should_read_the_hosts_file_first_and_again_when_it_has_changed()
    {
        await File.WriteAllTextAsync(
            _hosts, "# ours\n10.0.0.7\tshop shop.test # the shop\n::1 six.test\nnonsense\n10.0.0.8 SHOP.test\n", Token);
        var names = Names();

        Assert.Equal(["10.0.0.7", "10.0.0.8"], (await names.ResolveAsync("shop.test", Token)).Select(a => a.ToString()));
        Assert.Equal([IPAddress.IPv6Loopback], await names.ResolveAsync("six.test", Token));
        Assert.Empty(_server.Questions);

        await File.WriteAllTextAsync(_hosts, "10.0.0.9 shop.test\n", Token);
        File.SetLastWriteTimeUtc(_hosts, new DateTime(2027, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal([IPAddress.Parse("10.0.0.9")], await names.ResolveAsync("shop.test", Token));
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("shop.localhost")]
    [InlineData("LOCALHOST.")]
    public async Task Should_ask_nobody_for_localhost(string name)
    {
        Assert.Equal([IPAddress.IPv6Loopback, IPAddress.Loopback], await Names().ResolveAsync(name, Token));
        Assert.Empty(_server.Questions);
    }

    [Fact]
    public async Task Should_say_in_the_attempt_that_the_name_servers_were_silent()
    {
        _server.Ignores = _ => true;
        var names = Names();
        using var sender = Loopback.Sender(resolve: names.ResolveAsync);

        var sending = sender.SendAsync(Loopback.Request(new Uri("https://merchant.example/hooks")), Token);
        SpinWait.SpinUntil(() => _server.Questions.Count > 0);
        _time.Advance(NameLookups.Patience);
        var result = await sending;

        Assert.Equal(AttemptOutcome.Dns, result.Outcome);
        Assert.Equal("The name servers of merchant.example did not answer within 3 s.", result.Detail);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        Directory.Delete(Path.GetDirectoryName(_hosts)!, recursive: true);
    }

    private NameLookups Names(TimeProvider? time = null, params IPEndPoint[] servers) =>
        new(servers.Length > 0 ? servers : [_server.EndPoint], new HostsFile(_hosts, time ?? _time), time ?? _time);

    private static async Task<SocketError> Failure(Task<IPAddress[]> lookup) =>
        (await Assert.ThrowsAsync<SocketException>(() => lookup)).SocketErrorCode;
}
