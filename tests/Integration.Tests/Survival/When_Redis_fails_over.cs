using System.Diagnostics;
using System.Net;
using Gateway.Persistence.JobLog;
using Gateway.Testing;
using Gateway.Testing.Servers;
using StackExchange.Redis;
using Xunit;

namespace Gateway.Integration.Tests.Survival;

/// <summary>The primary is killed while webhooks flow. Sentinels promote its replica; or, where there are none, an operator does.</summary>
public sealed class When_Redis_fails_over(TestServers servers)
{
    private readonly List<Guid> _published = [];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Should_go_on_at_the_new_primary_and_post_nothing_twice(bool isBySentinels)
    {
        await using var own = new OwnRedis(servers);
        await own.InitializeAsync();
        var redis = own.Servers.Redis;
        var replica = await redis.StartReplicaAsync(Cancellation);
        await using var gateway = await Deployment.CreateAsync(own.Servers);
        if (isBySentinels)
        {
            await gateway.UseSentinelsAsync();
        }
        else
        {
            gateway.Settings["REDIS_HOST"] = $"{redis.Host}:{replica},{redis.Host}:{redis.Port}";
        }

        var worker = await gateway.StartWorkerAsync();
        var delivered = Assert.Single(await gateway.Publisher.PublishAsync(1, Cancellation));
        await gateway.WaitUntilOutcomeIsKnownAsync(delivered);
        await WaitUntilReplicatedAsync(redis);
        _published.Add(delivered);
        var failing = Enumerable.Range(0, 20).Select(_ => Guid.CreateVersion7()).ToHashSet();
        gateway.Merchant.Answer = (id, post) => failing.Contains(id) && post == 1 ? 500 : 200;
        await FlowAsync(gateway, () => _published.Count > 100);

        await using var outage = await redis.KillAsync(Cancellation);
        var killed = Stopwatch.GetTimestamp();
        foreach (var id in failing)
        {
            Assert.True(await gateway.Publisher.TryPublishAsync(id, Cancellation));
            _published.Add(id);
        }

        await FlowAsync(gateway, () => worker.Output.Contains("Redis is away: ", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.OK, await worker.AskAsync("ready"));
        if (!isBySentinels)
        {
            await OrderAsync($"{redis.Host}:{replica}", "REPLICAOF", "NO", "ONE");
        }

        await FlowAsync(gateway, () => worker.Output.Contains("Redis is back", StringComparison.Ordinal));
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"Duplicates were recognised again {Stopwatch.GetElapsedTime(killed).TotalSeconds:0.0} s after the kill; {_published.Count} webhooks meanwhile.");

        Assert.DoesNotContain("Redis is of no use", await worker.ReadAsync("ready"), StringComparison.Ordinal);
        await KnowsAsync(gateway, delivered);
        await KnowsAsync(gateway, Guid.CreateVersion7());
        if (isBySentinels)
        {
            // The sentinels make the old one a replica, and the workers stay where they are.
            await redis.StartAsync(Cancellation);
            await Eventually.Read(
                () => ReadRoleAsync($"{redis.Host}:{redis.Port}"),
                role => role.Contains("role:slave", StringComparison.Ordinal),
                "The old primary follows the new one");
            await KnowsAsync(gateway, Guid.CreateVersion7());
        }

        var runs = await gateway.WaitUntilEndedAsync(_published.Count);
        Assert.Equal(_published.Order(), gateway.Merchant.Posts.Keys.Order());
        Assert.All(gateway.Merchant.Posts, post => Assert.Equal(failing.Contains(post.Key) ? 2 : 1, post.Value));
        Assert.All(failing, id => Assert.Equal(
            [(1, JobState.Retrying), (2, JobState.Succeeded)], runs.Where(run => run.JobId == id).Select(run => (run.Attempt, run.State))));
        // What tells the sagas of the failures has waited, and is told.
        Assert.Empty(await gateway.StopAndCountAsync());
    }

    /// <summary>Publishes a few webhooks, waits until they are delivered, and does so again.</summary>
    private async Task FlowAsync(Deployment gateway, Func<bool> isEnough)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        deadline.CancelAfter(Eventually.Patience);
        do
        {
            var some = await gateway.Publisher.PublishAsync(10, deadline.Token);
            _published.AddRange(some);
            var ids = string.Join(',', some.Select(id => $"'{id}'"));
            await Eventually.Read(
                () => gateway.QueryAsync($"select count(*) from job_runs where state = {(int)JobState.Succeeded} and job_id in ({ids})"),
                ended => ended == some.Count,
                "The end of a few deliveries");
        }
        while (!isEnough());
    }

    /// <summary>Returns when a webhook that is published again, or twice, is not posted again.</summary>
    private async Task KnowsAsync(Deployment gateway, Guid id)
    {
        if (!_published.Contains(id))
        {
            _published.Add(id);
            Assert.True(await gateway.Publisher.TryPublishAsync(id, Cancellation));
            await Eventually.Read(gateway.ReadRunsAsync, runs => runs.Any(run => run.JobId == id && run.State == JobState.Succeeded), "It is delivered");
        }

        Assert.True(await gateway.Publisher.TryPublishAsync(id, Cancellation));
        await Eventually.Read(
            gateway.ReadRunsAsync, runs => runs.Any(run => run.JobId == id && run.Reason == "already_delivered"), "The second one is recognised");
        Assert.Equal(1, gateway.Merchant.Posts[id]);
    }

    private static async Task WaitUntilReplicatedAsync(RedisServer redis)
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync($"{redis.Host}:{redis.Port}");
        var database = connection.GetDatabase();
        await Eventually.Read(
            async () =>
            {
                await database.StringSetAsync("written last", 1);
                return (int)await database.ExecuteAsync("WAIT", 1, 1000);
            },
            replicas => replicas == 1,
            "The replica has it all");
    }

    private static async Task<string> ReadRoleAsync(string address)
    {
        try
        {
            return await OrderAsync(address, "INFO", "replication");
        }
        catch (RedisConnectionException)
        {
            // The sentinels close the connections to a server to which they give another role.
            return "";
        }
    }

    private static async Task<string> OrderAsync(string address, params string[] words)
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync($"{address},allowAdmin=true");
        return (string?)await connection.GetServers().First(server => server.EndPoint.ToString() == address).ExecuteAsync(words[0], [.. words.Skip(1)]) ?? "";
    }
}
