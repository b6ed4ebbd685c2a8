using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Gateway.Worker.Webhooks.Attempts;
using Gateway.Worker.Webhooks.Sending;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Worker.Tests.Webhooks.Sending;

/// <summary>Addresses race (RFC 8305), each judged before, and what worked is tried first the next time. (docs/faults.md: F2)</summary>
public sealed class When_some_addresses_of_a_host_are_dead
{
    private const string OkAndClose = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

    private static readonly DnsEndPoint Host = new("merchant.example", 443);
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(250);

    private readonly FakeTimeProvider _time = new();
    private readonly Channel<Attempt> _attempts = Channel.CreateUnbounded<Attempt>();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_reach_the_live_one_and_begin_with_it_the_next_time()
    {
        await using var live = new Endpoint(OkAndClose);
        await using var dead = await DeadAddress.At(IPAddress.Parse("127.0.0.2"), live.Port, Token);
        await using var alsoDead = await DeadAddress.At(IPAddress.Parse("127.0.0.3"), live.Port, Token);
        using var sender = Loopback.Sender(
            resolve: Loopback.ResolvesTo(IPAddress.Parse("127.0.0.2"), IPAddress.Parse("127.0.0.3"), IPAddress.Loopback),
            guardsTime: _time);

        var sending = sender.SendAsync(Loopback.Request(live.Url("merchant.example")), Token);
        while (!sending.IsCompleted)
        {
            _time.Advance(Step);
            await Task.Yield();
        }

        Assert.Equal(AttemptOutcome.Succeeded, (await sending).Outcome);

        // No time passes any more, so a dead address that is tried first would be waited for without end.
        Assert.Equal(AttemptOutcome.Succeeded, (await sender.SendAsync(Loopback.Request(live.Url("merchant.example")), Token)).Outcome);
        Assert.Equal(2, live.Accepted);
    }

    [Fact]
    public async Task Should_try_the_families_in_turn_a_step_after_another()
    {
        var connecting = Connect(new AddressRace(_time), "2001:db8::1", "2001:db8::2", "2001:db8::3", "203.0.113.1");

        Assert.Equal("2001:db8::1", (await NextAttempt()).Address);
        _time.Advance(Step - TimeSpan.FromMilliseconds(1));
        Assert.False(_attempts.Reader.TryRead(out _));
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal("203.0.113.1", (await NextAttempt()).Address);
        _time.Advance(Step);
        var third = await NextAttempt();
        Assert.Equal("2001:db8::2", third.Address);
        var stream = third.Succeed();

        Assert.Same(stream, await connecting);
        Assert.False(_attempts.Reader.TryRead(out _));
    }

    [Fact]
    public async Task Should_try_the_next_at_once_when_one_fails_and_tell_the_last_failure_when_all_have()
    {
        var connecting = Connect(new AddressRace(_time), "2001:db8::1", "203.0.113.1");

        (await NextAttempt()).Fail(SocketError.NetworkUnreachable);
        (await NextAttempt()).Fail(SocketError.ConnectionRefused);

        Assert.Equal(SocketError.ConnectionRefused, (await Assert.ThrowsAsync<SocketException>(() => connecting)).SocketErrorCode);
    }

    [Fact]
    public async Task Should_end_the_others_and_close_one_that_connects_too_late()
    {
        var connecting = Connect(new AddressRace(_time), "2001:db8::1", "203.0.113.1", "203.0.113.2");
        var first = await NextAttempt();
        _time.Advance(Step);
        var second = await NextAttempt();
        _time.Advance(Step);
        var third = await NextAttempt();

        var late = new MemoryStream();
        second.Ended.Register(() => second.Succeed(late));
        first.Ended.Register(() => first.Fail(SocketError.OperationAborted));
        var won = third.Succeed();

        Assert.Same(won, await connecting);
        Assert.True(SpinWait.SpinUntil(() => !late.CanRead, TimeSpan.FromMinutes(1)));
        Assert.True(won.CanRead);
    }

    [Fact]
    public async Task Should_forget_what_worked_once_the_usual_one_works_again()
    {
        var race = new AddressRace(_time);
        var connecting = Connect(race, "203.0.113.1", "203.0.113.2");
        (await NextAttempt()).Fail(SocketError.HostUnreachable);
        (await NextAttempt()).Succeed();
        await connecting;

        connecting = Connect(race, "203.0.113.1", "203.0.113.2");
        var remembered = await NextAttempt();
        remembered.Fail(SocketError.HostUnreachable);
        (await NextAttempt()).Succeed();
        await connecting;

        connecting = Connect(race, "203.0.113.1", "203.0.113.2");
        var usual = await NextAttempt();
        usual.Succeed();
        await connecting;
        Assert.Equal(("203.0.113.2", "203.0.113.1"), (remembered.Address, usual.Address));
    }

    [Fact]
    public async Task Should_try_no_more_than_eight()
    {
        var connecting = Connect(new AddressRace(_time), [.. Enumerable.Range(1, 200).Select(i => $"203.0.113.{i}")]);

        for (var i = 0; i < 8; i++)
        {
            (await NextAttempt()).Fail(SocketError.ConnectionRefused);
        }

        await Assert.ThrowsAsync<SocketException>(() => connecting);
        Assert.False(_attempts.Reader.TryRead(out _));
    }

    [Fact]
    public async Task Should_end_with_the_attempt()
    {
        using var attempt = new CancellationTokenSource();
        var connecting = Connect(new AddressRace(_time), attempt.Token, "2001:db8::1", "203.0.113.1");
        var first = await NextAttempt();
        first.Ended.Register(() => first.Cancel());

        await attempt.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting);
    }

    private Task<Stream> Connect(AddressRace race, params string[] addresses) => Connect(race, Token, addresses);

    private Task<Stream> Connect(AddressRace race, CancellationToken cancellationToken, params string[] addresses) => race.ConnectAsync(
        Host,
        Array.ConvertAll(addresses, IPAddress.Parse),
        (address, ended) =>
        {
            var attempt = new Attempt(address.Address.ToString(), ended);
            Assert.True(_attempts.Writer.TryWrite(attempt));
            return attempt.Connection;
        },
        cancellationToken);

    private ValueTask<Attempt> NextAttempt() => _attempts.Reader.ReadAsync(Token);

    private sealed class Attempt(string address, CancellationToken ended)
    {
        private readonly TaskCompletionSource<Stream> _connection = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string Address { get; } = address;

        /// <summary>Cancelled when the attempt is not wanted any more.</summary>
        public CancellationToken Ended { get; } = ended;

        public Task<Stream> Connection => _connection.Task;

        public Stream Succeed(Stream? stream = null)
        {
            stream ??= new MemoryStream();
            _connection.SetResult(stream);
            return stream;
        }

        public void Fail(SocketError error) => _connection.SetException(new SocketException((int)error));

        public void Cancel() => _connection.SetCanceled(Ended);
    }
}
