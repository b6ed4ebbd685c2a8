using Gateway.Integration.Tests.Survival;
using Gateway.Persistence.JobLog;
using Gateway.Testing;
using Gateway.Testing.Network;
using Gateway.Testing.Servers;
using Gateway.Testing.Workers;
using Xunit;

namespace Gateway.Integration.Tests.Persistence;

/// <summary>
/// Sentinels with a primary and its replica, and the nodes of a cluster: each speaks it itself, to the worker and to the others.
/// </summary>
public sealed class When_several_servers_of_Redis_speak_TLS(TestServers servers) : IDisposable
{
    private readonly TestAuthority _authority = new("the company's");
    private readonly TestAuthority _stranger = new("somebody's");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_follow_the_sentinels_to_the_new_primary()
    {
        await using var own = new OwnRedis(servers);
        await own.InitializeAsync();
        var redis = own.Servers.Redis;
        await using var gateway = await Deployment.CreateAsync(own.Servers);
        Use(gateway, redis, await redis.StartSentinelsAsync(_authority, Cancellation));
        gateway.Settings["REDIS_SENTINEL_MASTER"] = "payments";
        var worker = await gateway.StartWorkerAsync();
        await DeliverTwiceAsync(gateway);
        await RefuseAsync(gateway);

        await using (await redis.KillAsync(Cancellation))
        {
            await gateway.Publisher.PublishAsync(20, Cancellation);
            await worker.WaitUntilLoggedAsync("Redis is away");
            await worker.WaitUntilLoggedAsync("Redis is back");
            await gateway.WaitUntilEndedAsync(21);
            await DeliverTwiceAsync(gateway);
        }

        Assert.Equal((22, 0), (gateway.Merchant.Posts.Count, gateway.Merchant.PostedAgain));
    }

    [Fact]
    public async Task Should_find_the_other_nodes_of_a_cluster()
    {
        await using var own = new OwnRedis(servers);
        await own.InitializeAsync();
        var redis = own.Servers.Redis;
        await using var gateway = await Deployment.CreateAsync(own.Servers);
        var nodes = await redis.StartClusterAsync(_authority, Cancellation);
        Use(gateway, redis, [nodes[0]]);
        gateway.Settings["REDIS_DB"] = "0";
        await gateway.StartWorkerAsync();

        // Their keys are on all nodes.
        for (var delivery = 0; delivery < 20; delivery++)
        {
            await DeliverTwiceAsync(gateway);
        }

        Assert.Equal((20, 0), (gateway.Merchant.Posts.Count, gateway.Merchant.PostedAgain));
        await RefuseAsync(gateway);
    }

    public void Dispose()
    {
        _authority.Dispose();
        _stranger.Dispose();
    }

    private void Use(Deployment gateway, RedisServer redis, IReadOnlyList<int> ports)
    {
        gateway.Settings["REDIS_HOST"] = string.Join(',', ports.Select(port => $"{redis.Host}:{port}"));
        (gateway.Settings["REDIS_TLS"], gateway.Settings["REDIS_CA_FILE"]) = ("on", _authority.File);
    }

    /// <summary>Returns when a webhook is delivered, and the same one again is recognised, which takes Redis.</summary>
    private static async Task DeliverTwiceAsync(Deployment gateway)
    {
        var id = Assert.Single(await gateway.Publisher.PublishAsync(1, Cancellation));
        await Eventually.Read(
            gateway.ReadRunsAsync, runs => runs.Any(run => run.JobId == id && run.State == JobState.Succeeded), "It is delivered");
        Assert.True(await gateway.Publisher.TryPublishAsync(id, Cancellation));
        await Eventually.Read(
            gateway.ReadRunsAsync,
            runs => runs.Any(run => run.JobId == id && run.Reason == "already_delivered"),
            "The second one is recognised");
    }

    /// <summary>Returns when a worker that trusts others has said why it does not use them.</summary>
    private async Task RefuseAsync(Deployment gateway)
    {
        await using var worker = WorkerProcess.Launch(gateway.Settings.With([KeyValuePair.Create("REDIS_CA_FILE", _stranger.File)]));
        await worker.WaitUntilLoggedAsync("it does not come from an authority in the file of REDIS_CA_FILE");
    }
}
