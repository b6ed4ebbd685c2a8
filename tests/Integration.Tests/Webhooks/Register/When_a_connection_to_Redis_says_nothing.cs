using Gateway.Integration.Tests.Survival;
using Gateway.Persistence;
using Gateway.Persistence.Webhooks;
using Gateway.Testing.Network;
using Gateway.Testing.Servers;
using Gateway.Testing.Workers;
using Gateway.Worker.Configuration;
using Gateway.Worker.Servers;
using Gateway.Worker.Webhooks.Register;
using Gateway.Worker.Webhooks.Sending;
using Microsoft.Extensions.Time.Testing;
using StackExchange.Redis;
using Xunit;

namespace Gateway.Integration.Tests.Webhooks.Register;

/// <summary>
/// It stays open, and nothing comes back: a host that has lost its power, a firewall that has forgotten the connection, a process that was
/// stopped.
/// </summary>
public sealed class When_a_connection_to_Redis_says_nothing(OwnRedis own) : IClassFixture<OwnRedis>, IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new();
    private TcpRelay _relay = null!;
    private RedisConnection _redis = null!;
    private RedisDeliveryRegister _register = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var server = own.Servers.Redis;
        _relay = new TcpRelay(server.Host, server.Port);
        var settings = new Settings(
            new Dictionary<string, string> { ["REDIS_HOST"] = $"127.0.0.1:{_relay.Port}" }.ToConfiguration());
        _redis = RedisOptions.Read(settings).ToConnection();
        await (await _redis.ConnectAsync()).GetDatabase().PingAsync();
        _register = new RedisDeliveryRegister(_redis, new SendingOptions(), _time);
    }

    public async ValueTask DisposeAsync()
    {
        await _redis.DisposeAsync();
        await _relay.DisposeAsync();
    }

    [Fact]
    public async Task Should_not_be_asked_again_by_those_who_come_after_the_first_that_got_no_answer()
    {
        await ClaimAsync(500);
        _relay.Hold();
        var unheard = ClaimAsync(32);
        // As long as the client waits for an answer.
        _time.Advance(TimeSpan.FromSeconds(2));
        await unheard;

        Assert.True(ClaimAsync(1).IsCompletedSuccessfully);
    }

    [Fact]
    public async Task Should_be_left_to_others_by_those_who_give_a_claim_back()
    {
        await ClaimAsync(1);
        var (key, claimant) = (NewKey(), new Claimant(1, Guid.CreateVersion7()));
        await _register.ClaimAsync(key, claimant, mayBeRepeated: false);

        _register.GiveUp(key, claimant);

        Assert.IsType<Claim.Free>(await _register.ClaimAsync(key, new Claimant(1, Guid.CreateVersion7()), mayBeRepeated: false));
        // In a transaction nobody else could write until it was answered.
        var server = own.Servers.Redis;
        await using var redis = await ConnectionMultiplexer.ConnectAsync($"{server.Host}:{server.Port},allowAdmin=true");
        Assert.DoesNotContain("cmdstat_multi", await redis.GetServers().Single().InfoRawAsync("commandstats"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_keep_no_webhook_from_its_merchant()
    {
        await using var gateway = await Deployment.CreateAsync(own.Servers);
        (gateway.Settings["REDIS_HOST"], gateway.Settings["REDIS_PORT"]) = ("127.0.0.1", $"{_relay.Port}");
        var worker = await gateway.StartWorkerAsync();
        await gateway.Publisher.PublishAsync(500, Cancellation);
        await gateway.WaitUntilEndedAsync(500);

        _relay.Hold();
        await gateway.Publisher.PublishAsync(500, Cancellation);
        await gateway.WaitUntilEndedAsync(1_000);
        await worker.WaitUntilLoggedAsync("Redis is away: it does not answer");
        await gateway.Publisher.PublishAsync(500, Cancellation);
        await gateway.WaitUntilEndedAsync(1_500);

        _relay.LetThrough();
        await _relay.CutAsync();
        await worker.WaitUntilLoggedAsync("Redis is back");
        Assert.Equal(1_500, gateway.Merchant.Received.Value);
    }

    private static DeliveryKey NewKey() => new(Guid.CreateVersion7(), Guid.CreateVersion7());

    /// <summary>Claims so many attempts at once, which nobody else makes.</summary>
    private async Task ClaimAsync(int attempts) => Assert.All(
        await Task.WhenAll(Enumerable.Range(0, attempts).Select(
            _ => _register.ClaimAsync(NewKey(), new Claimant(1, Guid.CreateVersion7()), mayBeRepeated: false))),
        claim => Assert.IsType<Claim.Free>(claim));
}
