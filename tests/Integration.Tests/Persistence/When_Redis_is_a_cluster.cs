using System.Net;
using Gateway.Integration.Tests.Survival;
using Gateway.Persistence.JobLog;
using Gateway.Testing;
using Gateway.Testing.Servers;
using StackExchange.Redis;
using Xunit;

namespace Gateway.Integration.Tests.Persistence;

/// <summary>Each delivery has keys of its own and each command one of them, so three masters share them.</summary>
public sealed class When_Redis_is_a_cluster(OwnRedis own) : IClassFixture<OwnRedis>
{
    private const int Deliveries = 100;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_keep_sagas_and_register_on_all_nodes()
    {
        await using var gateway = await Deployment.CreateAsync(own.Servers);
        var nodes = await StartAsync(gateway);
        gateway.Settings["REDIS_DB"] = "0";
        var worker = await gateway.StartWorkerAsync();
        await worker.WaitUntilLoggedAsync("REDIS_HOST: the name 'no-such-host.invalid' leads nowhere now: ");
        gateway.Merchant.Answer = (_, post) => post == 1 ? 500 : 200;

        var ids = await gateway.Publisher.PublishAsync(Deliveries, Cancellation);
        var runs = await gateway.WaitUntilEndedAsync(Deliveries);
        Assert.All(ids, id => Assert.Equal(
            [(1, JobState.Retrying), (2, JobState.Succeeded)], runs.Where(run => run.JobId == id).Select(run => (run.Attempt, run.State))));
        foreach (var id in ids)
        {
            Assert.True(await gateway.Publisher.TryPublishAsync(id, Cancellation));
        }

        await Eventually.Read(
            gateway.ReadRunsAsync, all => all.Count(run => run.Reason == "already_delivered") == Deliveries, "Each second one is recognised");
        Assert.All(gateway.Merchant.Posts, post => Assert.Equal(2, post.Value));
        Assert.Empty(await gateway.StopAndCountAsync());
        Assert.All(await CountAsync(nodes, "gateway:delivery:*"), count => Assert.InRange(count, 1, Deliveries));
        Assert.All(await CountAsync(nodes, "saga:*"), count => Assert.InRange(count, 1, Deliveries));
    }

    [Fact]
    public async Task Should_say_that_it_has_one_database_and_deliver_without_it()
    {
        await using var gateway = await Deployment.CreateAsync(own.Servers);
        await StartAsync(gateway);
        gateway.Settings["REDIS_DB"] = "3";
        var worker = await gateway.StartWorkerAsync();

        await gateway.Publisher.PublishAsync(Deliveries, Cancellation);
        await gateway.WaitUntilEndedAsync(Deliveries);

        await worker.WaitUntilLoggedAsync("REDIS_DB: '3' is not 0, the only database of a Redis Cluster");
        await worker.WaitUntilAsync(HttpStatusCode.OK);
        Assert.Contains("REDIS_DB: ", await worker.ReadAsync("ready"), StringComparison.Ordinal);
        Assert.Equal((Deliveries, 0), (gateway.Merchant.Posts.Count, gateway.Merchant.PostedAgain));
        Assert.Empty(await gateway.StopAndCountAsync());
    }

    /// <summary>Leads the workers to one node, which tells them of the others, and to one that nobody knows.</summary>
    private async Task<IReadOnlyList<int>> StartAsync(Deployment gateway)
    {
        var nodes = await own.Servers.Redis.StartClusterAsync(Cancellation);
        gateway.Settings["REDIS_HOST"] = $"{own.Servers.Redis.Host}:{nodes[0]},no-such-host.invalid";
        return nodes;
    }

    private async Task<IReadOnlyList<int>> CountAsync(IReadOnlyList<int> nodes, string pattern)
    {
        var host = own.Servers.Redis.Host;
        await using var cluster = await ConnectionMultiplexer.ConnectAsync($"{host}:{nodes[0]}");
        return [.. nodes.Select(port => cluster.GetServer(host, port).Keys(pattern: pattern).Count())];
    }
}
