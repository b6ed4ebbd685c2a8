using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Gateway.Persistence.JobLog;
using Gateway.Testing;
using Gateway.Testing.Servers;
using Gateway.Worker.Bus;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Gateway.Integration.Tests.Survival;

/// <summary>
/// Quorum queues on a RabbitMQ of three nodes, of which the leader of <c>webhooks</c> is killed, and then each is restarted, while webhooks
/// flow. <c>CLUSTER_WORKERS=3</c> starts more workers, <c>CLUSTER_DELIVERIES=50000</c> makes the flow longer; it goes on for as long as a
/// node is away in any case.
/// </summary>
public sealed class When_nodes_of_a_cluster_go_away(OwnRabbitMq own) : IClassFixture<OwnRabbitMq>
{
    private const int Portion = 50;
    private const int Outages = 4;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static int Deliveries => NumberOf("CLUSTER_DELIVERIES", 2_000);

    private static int Workers => NumberOf("CLUSTER_WORKERS", 1);

    [Fact]
    public async Task Should_lose_nothing_and_repeat_at_most_what_was_in_flight()
    {
        var first = own.Servers.RabbitMq;
        using var second = await first.StartPeerAsync(2, Cancellation);
        using var third = await first.StartPeerAsync(3, Cancellation);
        RabbitMqServer[] nodes = [first, second, third];
        await using var gateway = await Deployment.CreateAsync(own.Servers);
        gateway.Settings["RABBITMQ_HOST"] = string.Join(',', nodes.Select(node => FormattableString.Invariant($"{node.Host}:{node.Port}")));
        gateway.Settings["RABBITMQ_QUEUE_TYPE"] = "quorum";
        // A flow that a worker could keep up with on a slow machine, so that it is the broker that makes it pause.
        gateway.Merchant.Delay = TimeSpan.FromMilliseconds(100);
        var posts = new ConcurrentQueue<long>();
        gateway.Merchant.Answer = (_, _) =>
        {
            posts.Enqueue(Stopwatch.GetTimestamp());
            return StatusCodes.Status204NoContent;
        };
        for (var worker = 0; worker < Workers; worker++)
        {
            await gateway.StartWorkerAsync();
        }

        await WaitUntilReplicatedAsync();
        var ids = new List<Guid>();
        var leader = (await Eventually.Read(LeaderAsync, found => found is not null, "The leader"))!;
        await WhileWebhooksFlow($"the leader of {QueueNames.Webhooks}, {leader.Node}, was killed", leader, async () =>
        {
            await using (await leader.KillAsync(Cancellation))
            {
                await Eventually.Read(LeaderAsync, found => found is not null && found != leader, "Another leader");
            }
        });
        foreach (var node in nodes)
        {
            await WaitUntilReplicatedAsync();
            await WhileWebhooksFlow($"{node.Node} was restarted", node, () => node.RestartAsync(Cancellation));
        }

        await WaitUntilReplicatedAsync();
        var runs = await gateway.WaitUntilEndedAsync(ids.Count);
        var repeated = ids.Sum(id => gateway.Merchant.Posts.GetValueOrDefault(id) - 1);
        Note($"{ids.Count} deliveries, {repeated} posts were repeated.");

        Assert.Empty(await gateway.StopAndCountAsync());
        Assert.Empty(ids.Except(gateway.Merchant.Posts.Keys));
        Assert.InRange(repeated, 0, Outages * Workers * gateway.Concurrency);
        Assert.Equal(ids.Order(), runs.Where(run => run.State == JobState.Succeeded).Select(run => run.JobId).Distinct().Order());

        // Publishes at a node that stays, as long as the other is away and until enough has flowed.
        async Task WhileWebhooksFlow(string what, RabbitMqServer away, Func<Task> act)
        {
            var stays = nodes.First(node => node != away);
            await using var publisher = new DeliveryPublisher(
                new VirtualHost(stays, gateway.BrokerUri.AbsolutePath.TrimStart('/')), gateway.MerchantId);
            posts.Clear();
            var enough = ids.Count + (Deliveries / Outages);
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
            Note($"While {what}, nothing was delivered for {longest.TotalSeconds:0.0} s at most; {times.Length} posts.");
        }

        // As one that is there tells: the one that is away may be any.
        async Task<RabbitMqServer?> LeaderAsync()
        {
            foreach (var node in nodes)
            {
                try
                {
                    var queue = await node.Management.GetFromJsonAsync<JsonElement>(
                        $"api/queues{gateway.BrokerUri.AbsolutePath}/{QueueNames.Webhooks}?columns=leader", Cancellation);
                    return nodes.FirstOrDefault(other => queue.TryGetProperty("leader", out var name) && other.Node == name.GetString());
                }
                catch (HttpRequestException)
                {
                    // The next one knows.
                }
            }

            return null;
        }

        // Else two of the three copies of a queue might be away at once. After a change of leaders a queue may tell the same thing twice, which
        // a JsonElement does not mind.
        Task WaitUntilReplicatedAsync() => Eventually.Read(
            async () =>
            {
                var queues = await first.Management.GetFromJsonAsync<JsonElement>(
                    $"api/queues{gateway.BrokerUri.AbsolutePath}?columns=name,online", Cancellation);
                return queues.EnumerateArray()
                    .Where(queue => !queue.TryGetProperty("online", out var online) || online.GetArrayLength() < 3)
                    .Select(queue => queue.GetProperty("name").GetString())
                    .ToArray();
            },
            behind => behind.Length == 0,
            "Three copies of each queue");
    }

    private static int NumberOf(string variable, int otherwise) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;

    private static void Note(string text) => TestContext.Current.TestOutputHelper!.WriteLine(text);
}
