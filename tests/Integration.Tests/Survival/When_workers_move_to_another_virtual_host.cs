using Gateway.Testing.Servers;
using Gateway.Worker.Bus;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Gateway.Integration.Tests.Survival;

/// <summary>
/// The way of docs/operations.md to another type of queues without a pause: new workers on another virtual host, with the database and the
/// Redis of the old ones. An old worker publishes to its own host until its end, also what became due in the database that both have.
/// </summary>
public sealed class When_workers_move_to_another_virtual_host(TestServers servers)
{
    private const int Each = 400;
    private const int Late = 20;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_lose_nothing_when_the_old_host_is_looked_at_again_after_the_last_old_worker()
    {
        await using var gateway = await Deployment.CreateAsync(servers);
        // Some become due while the old workers stop.
        gateway.Settings["WEBHOOK_RETRY_DELAYS"] = "6s,10s";
        gateway.Merchant.Answer = (id, post) => FailsAtFirst(id) && post == 1 ? StatusCodes.Status500InternalServerError : StatusCodes.Status204NoContent;
        await using var newHost = await servers.RabbitMq.CreateVirtualHostAsync(Cancellation);
        await using var newPublisher = new DeliveryPublisher(newHost, gateway.MerchantId);
        var old = await Task.WhenAll(gateway.StartWorkerAsync(), gateway.StartWorkerAsync());

        var toOld = gateway.Publisher.PublishAsync(Each, Cancellation);
        (string, string)[] onNewHost = [("RABBITMQ_VHOST", newHost.Name), ("RABBITMQ_QUEUE_TYPE", "quorum")];
        await gateway.StartWorkerAsync(onNewHost);
        var toNew = newPublisher.PublishAsync(Each, Cancellation);
        Guid[] ids = [.. await toOld, .. await toNew, .. await gateway.Publisher.PublishAsync(Each, Cancellation)];
        // As an operator sees it, by figures that are some seconds old. The retries wait in the database.
        await gateway.WaitUntilInHandAsync(QueueNames.Webhooks, 0);
        Assert.All(await Task.WhenAll(old.Select(worker => worker.StopAsync())), exitCode => Assert.Equal(0, exitCode));
        var stranded = await gateway.Publisher.CountAllMessagesAsync(Cancellation);
        Note($"Left on the old host by its workers: {string.Join(", ", stranded.Select(queue => $"{queue.Key} {queue.Value}"))}");
        // As what such a worker publishes last, after somebody saw that its queues were empty.
        ids = [.. ids, .. await gateway.Publisher.PublishAsync(Late, Cancellation)];

        var rounds = 0;
        for (var left = await gateway.Publisher.CountAllMessagesAsync(Cancellation); left.Count > 0; rounds++)
        {
            var again = await gateway.StartWorkerAsync();
            foreach (var queue in left.Keys)
            {
                await gateway.WaitUntilEmptyAsync(queue);
            }

            Assert.Equal(0, await again.StopAsync());
            left = await gateway.Publisher.CountAllMessagesAsync(Cancellation);
        }

        Note($"Empty after {rounds} rounds.");
        await gateway.WaitUntilEndedAsync(ids.Length);
        Assert.Empty(await gateway.StopAndCountAsync());
        Assert.Equal(ids.Order(), gateway.Merchant.Posts.Keys.Order());
        Assert.All(ids, id => Assert.Equal(FailsAtFirst(id) ? 2 : 1, gateway.Merchant.Posts[id]));
        // What tells of the last attempts may be returned to its queue by the stop.
        Assert.DoesNotContain((await newPublisher.CountAllMessagesAsync(Cancellation)).Keys, queue => queue != QueueNames.WebhookAttempts);
    }

    // One of four.
    private static bool FailsAtFirst(Guid id) => id.ToByteArray()[15] % 4 == 0;

    private static void Note(string text) => TestContext.Current.TestOutputHelper!.WriteLine(text);
}
