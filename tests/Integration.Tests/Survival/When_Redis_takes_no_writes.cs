using System.Globalization;
using System.Net;
using Gateway.Persistence.JobLog;
using Gateway.Testing;
using Gateway.Testing.Network;
using Gateway.Testing.Servers;
using Gateway.Testing.Workers;
using StackExchange.Redis;
using Xunit;

namespace Gateway.Integration.Tests.Survival;

/// <summary>
/// Redis has become a replica, or is full. It answers, the workers' connections stay open, and nothing can be written. (docs/faults.md: A6)
/// </summary>
public sealed class When_Redis_takes_no_writes(OwnRedis own, TestServers servers) : IClassFixture<OwnRedis>
{
    private const int Deliveries = 20_000;

    // After 75 s no retry had been made; the client looks for what a server has become once a minute.
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("it takes no writes: READONLY", "REPLICAOF 127.0.0.1 1", "REPLICAOF NO ONE")]
    [InlineData("it takes no writes: OOM", "CONFIG SET maxmemory 1", "CONFIG SET maxmemory 0")]
    public async Task Should_go_on_with_all_retries_and_recognise_duplicates_afterwards(string trouble, string begin, string end)
    {
        await using var gateway = await Deployment.CreateAsync(own.Servers);
        var worker = await gateway.StartWorkerAsync();
        await gateway.Publisher.PublishAsync(1, Cancellation);
        await gateway.WaitUntilEndedAsync(1);
        var failing = Enumerable.Range(0, 20).Select(_ => Guid.CreateVersion7()).ToHashSet();
        gateway.Merchant.Answer = (id, post) => failing.Contains(id) && post == 1 ? 500 : 200;

        await OrderAsync(own.Servers.Redis, begin);
        try
        {
            await worker.WaitUntilLoggedAsync($"Redis is away: {trouble}");
            foreach (var id in failing)
            {
                Assert.True(await gateway.Publisher.TryPublishAsync(id, Cancellation));
            }

            await gateway.Publisher.PublishAsync(Deliveries, Cancellation);
            await gateway.WaitUntilEndedAsync(1 + Deliveries + failing.Count);
            await Deployment.StaysLikeThisAsync();
            Assert.Equal(HttpStatusCode.OK, await worker.AskAsync("ready"));
            Assert.Contains("it takes no writes", await worker.ReadAsync("ready"), StringComparison.Ordinal);
            Assert.Contains("gateway_redis_writable 0", await ScrapeAsync(gateway, worker), StringComparison.Ordinal);
        }
        finally
        {
            await OrderAsync(own.Servers.Redis, end);
        }

        var recovery = Recovery.Begin("it took writes again");
        await KnowsDuplicatesAsync(gateway, worker, 1 + Deliveries + failing.Count);
        recovery.IsOver(Bound);
        Assert.Contains("gateway_redis_writable 1", await ScrapeAsync(gateway, worker), StringComparison.Ordinal);
        var runs = await gateway.ReadRunsAsync();
        Assert.All(failing, id => Assert.Equal(
            [(1, JobState.Retrying), (2, JobState.Succeeded)], runs.Where(run => run.JobId == id).Select(run => (run.Attempt, run.State))));
        Assert.All(gateway.Merchant.Posts, post => Assert.Equal(failing.Contains(post.Key) ? 2 : 1, post.Value));
        // What tells the sagas of the failures has waited, and is told.
        Assert.Empty(await gateway.StopAndCountAsync());
    }

    [Fact]
    public async Task Should_find_the_new_primary_under_the_same_name_while_the_connection_to_the_old_one_stays_open()
    {
        await using var another = new OwnRedis(servers);
        await another.InitializeAsync();
        var (old, promoted) = (own.Servers.Redis, another.Servers.Redis);
        await using var relay = new TcpRelay(old.Host, old.Port);
        await using var gateway = await Deployment.CreateAsync(own.Servers);
        gateway.Settings["REDIS_PORT"] = relay.Port.ToString(CultureInfo.InvariantCulture);
        var worker = await gateway.StartWorkerAsync();
        await gateway.Publisher.PublishAsync(1, Cancellation);
        await gateway.WaitUntilEndedAsync(1);

        await OrderAsync(old, FormattableString.Invariant($"REPLICAOF {promoted.Host} {promoted.Port}"));
        try
        {
            await worker.WaitUntilLoggedAsync("Redis is away: it takes no writes");
            relay.LeadTo(promoted.Port);

            var recovery = Recovery.Begin("it took writes again");
            await KnowsDuplicatesAsync(gateway, worker, ended: 1);
            recovery.IsOver(Bound);
        }
        finally
        {
            await OrderAsync(old, "REPLICAOF NO ONE");
        }
    }

    /// <summary>Returns when a webhook that is published twice was delivered once.</summary>
    private static async Task KnowsDuplicatesAsync(Deployment gateway, WorkerProcess worker, int ended)
    {
        await worker.WaitUntilLoggedAsync("Redis is back");
        var id = Guid.CreateVersion7();
        Assert.True(await gateway.Publisher.TryPublishAsync(id, Cancellation));
        await gateway.WaitUntilEndedAsync(ended + 1);
        Assert.True(await gateway.Publisher.TryPublishAsync(id, Cancellation));
        await Eventually.Read(
            gateway.ReadRunsAsync, runs => runs.Any(run => run.JobId == id && run.Reason == "already_delivered"), "The second one is recognised");
        Assert.Equal(1, gateway.Merchant.Posts[id]);
    }

    private static async Task<string> ScrapeAsync(Deployment gateway, WorkerProcess worker)
    {
        using var api = await gateway.OpenApiAsync(worker);
        var metrics = await api.GetStringAsync("/metrics", Cancellation);
        // Without the labels of the scope.
        return string.Join('\n', metrics.Split('\n').Select(line => line.Split('{', '}') is [var name, _, var value] ? name + value : line));
    }

    private static async Task OrderAsync(RedisServer redis, string order)
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync($"{redis.Host}:{redis.Port},allowAdmin=true");
        var words = order.Split(' ');
        await connection.GetServers().Single().ExecuteAsync(words[0], [.. words.Skip(1)]);
    }
}
