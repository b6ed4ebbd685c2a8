using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Gateway.Persistence.JobLog;
using Gateway.Testing;
using Gateway.Testing.Servers;
using Gateway.Testing.Workers;
using Gateway.Worker.Bus;
using Gateway.Worker.Webhooks.Attempts;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Gateway.Integration.Tests.Survival;

/// <summary>
/// RabbitMQ of three nodes with quorum queues, PostgreSQL with a standby, Redis with sentinels; one after another loses what leads it while
/// webhooks flow. <c>CLUSTER_WORKERS=3</c> starts more workers, <c>CLUSTER_DELIVERIES=50000</c> makes the flow longer, which goes on for as
/// long as something is away in any case, <c>CLUSTER_PARTITION=60</c> cuts a node off for so many seconds, and not just until all have noticed,
/// <c>CLUSTER_RESTARTS=3</c> restarts all nodes and not one alone.
/// </summary>
public sealed class When_clustered_servers_fail(OwnOfEach own) : IClassFixture<OwnOfEach>
{
    private const int Portion = 50;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static int Deliveries => NumberOf("CLUSTER_DELIVERIES", 2_000);

    private static int Workers => NumberOf("CLUSTER_WORKERS", 1);

    private static int Restarts => NumberOf("CLUSTER_RESTARTS", 1);

    private static int Outages => 4 + Restarts;

    private static TimeSpan Partition => TimeSpan.FromSeconds(NumberOf("CLUSTER_PARTITION", 0));

    [Fact]
    public async Task Should_lose_nothing_and_repeat_at_most_what_was_in_flight()
    {
        var canPartition = await RabbitMqServer.CanPartitionAsync(Cancellation);
        using var cluster = await RabbitMqCluster.FormAsync(own.Servers.RabbitMq, Cancellation);
        var standby = await own.Servers.Postgres.StartStandbyAsync(Cancellation);
        await own.Servers.Redis.StartReplicaAsync(Cancellation);
        await using var gateway = await Deployment.CreateAsync(own.Servers);
        gateway.Settings["RABBITMQ_HOST"] = cluster.Hosts;
        gateway.Settings["RABBITMQ_QUEUE_TYPE"] = "quorum";
        gateway.UseStandby(standby);
        await gateway.UseSentinelsAsync();
        // A flow that a worker could keep up with on a slow machine, so that it is the servers that make it pause.
        gateway.Merchant.Delay = TimeSpan.FromMilliseconds(100);
        var posts = new ConcurrentQueue<long>();
        gateway.Merchant.Answer = (_, _) =>
        {
            posts.Enqueue(Stopwatch.GetTimestamp());
            return StatusCodes.Status204NoContent;
        };
        var workers = new List<WorkerProcess>();
        for (var worker = 0; worker < Workers; worker++)
        {
            workers.Add(await gateway.StartWorkerAsync());
        }

        var virtualHost = gateway.BrokerUri.AbsolutePath.TrimStart('/');
        var ids = new List<Guid>();

        await WhileLeaderIsAway("killed", async leader =>
        {
            await using (await leader.KillAsync(Cancellation))
            {
                await LeaderAsync(away: leader);
            }
        });
        if (canPartition)
        {
            await WhileLeaderIsAway("cut off", CutOffAsync);
        }

        foreach (var node in cluster.Nodes.Take(Restarts))
        {
            await cluster.WaitUntilReplicatedAsync(virtualHost, Cancellation);
            await WhileWebhooksFlow($"{node.Node} was restarted", () => node.RestartAsync(Cancellation), away: node);
        }

        await WhileWebhooksFlow("PostgreSQL's standby was promoted", () => gateway.FailOverAsync(standby));
        await WhileWebhooksFlow("Redis's primary was killed", async () =>
        {
            await using (await own.Servers.Redis.KillAsync(Cancellation))
            {
                await Task.WhenAll(workers.Select(worker => worker.WaitUntilLoggedAsync("Redis is back")));
            }
        });

        await cluster.WaitUntilReplicatedAsync(virtualHost, Cancellation);
        var runs = await gateway.WaitUntilEndedAsync(ids.Count);
        Note($"{ids.Count} deliveries, {Repeated()} posts were repeated.");
        Assert.Empty(await gateway.StopAndCountAsync());
        Assert.Empty(ids.Except(gateway.Merchant.Posts.Keys));
        // A message that was in two copies may be recorded once more, as one that had nothing left to do.
        Assert.Equal(
            ids.Order(),
            runs.Where(run => run is { State: JobState.Succeeded, Reason: not SkipReason.AlreadyDelivered }).Select(run => run.JobId).Order());
        Assert.SkipUnless(canPartition, "All but a partition was tried: that takes Linux, iptables and root");

        async Task WhileLeaderIsAway(string how, Func<RabbitMqServer, Task> act)
        {
            await cluster.WaitUntilReplicatedAsync(virtualHost, Cancellation);
            var leader = await LeaderAsync();
            await WhileWebhooksFlow($"the leader of {QueueNames.Webhooks}, {leader.Node}, was {how}", () => act(leader), leader);
        }

        async Task CutOffAsync(RabbitMqServer leader)
        {
            await using (await leader.PartitionAsync(Cancellation))
            {
                var began = Stopwatch.GetTimestamp();
                await LeaderAsync(away: leader);
                // It cannot know whether it is the others that are gone, and lets go of its clients: pause_minority.
                await Eventually.Read(() => leader.ListensAsync(Cancellation), listens => !listens, "A node that is alone pauses");
                Note($"After {Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s it had paused, and the others had a leader.");
                await Task.Delay(TimeSpan.FromTicks(Math.Max(0, (Partition - Stopwatch.GetElapsedTime(began)).Ticks)), Cancellation);
            }
        }

        Task<RabbitMqServer> LeaderAsync(RabbitMqServer? away = null) => cluster.LeaderOfAsync(virtualHost, QueueNames.Webhooks, Cancellation, away);

        // Publishes at a node that stays, as long as something is away and until enough has flowed.
        async Task WhileWebhooksFlow(string what, Func<Task> act, RabbitMqServer? away = null)
        {
            await using var publisher = new DeliveryPublisher(new VirtualHost(cluster.Other(away), virtualHost), gateway.MerchantId);
            var (before, enough) = (Repeated(), ids.Count + (Deliveries / Outages));
            posts.Clear();
            ids.AddRange(await publisher.PublishAsync(Portion, Cancellation));
            await gateway.Merchant.Received.WaitUntilAsync(ids.Count - (Portion / 2), Cancellation);
            var acting = act();
            while (!acting.IsCompleted || ids.Count < enough)
            {
                ids.AddRange(await publisher.PublishAsync(Portion, Cancellation));
                await gateway.Merchant.Received.WaitUntilAsync(ids.Count - Portion, Cancellation);
            }

            await acting;
            await gateway.WaitUntilEndedAsync(ids.Count);
            var times = posts.Order().ToArray();
            var longest = times.Zip(times.Skip(1), Stopwatch.GetElapsedTime).Max();
            var repeated = Repeated() - before;
            Note($"While {what}, nothing was delivered for {longest.TotalSeconds:0.0} s at most; {times.Length} posts, {repeated} repeated.");
            Assert.InRange(repeated, 0, Workers * gateway.Concurrency);
        }

        int Repeated() => ids.Sum(id => gateway.Merchant.Posts.GetValueOrDefault(id, 1) - 1);
    }

    private static int NumberOf(string variable, int otherwise) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;

    private static void Note(string text) => TestContext.Current.TestOutputHelper!.WriteLine(text);
}
