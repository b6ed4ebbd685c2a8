using System.Globalization;
using Gateway.Persistence.JobLog;
using Gateway.Testing;
using Gateway.Testing.Network;
using Gateway.Testing.Servers;
using Gateway.Worker.Bus;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Gateway.Integration.Tests.Survival;

/// <summary>What waits for it stays in the database and does not go round and round through the broker. (docs/faults.md: B4)</summary>
public sealed class When_much_waits_for_a_merchant_that_is_down(TestServers servers)
{
    private const int Waiting = 5_000;
    private const int Probes = 3;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_send_nothing_but_probes_through_the_broker_until_it_is_back()
    {
        await using var gateway = await Deployment.CreateAsync(servers);
        await using var rabbitMq = new AmqpRelay(servers.RabbitMq.Host, servers.RabbitMq.Port) { WatchedQueue = QueueNames.WebhooksRetry };
        gateway.Settings["RABBITMQ_PORT"] = rabbitMq.Port.ToString(CultureInfo.InvariantCulture);
        gateway.Settings["WEBHOOK_CIRCUIT_BREAKER"] = "true";
        gateway.Settings["WEBHOOK_CIRCUIT_BREAK"] = "500ms";
        gateway.Settings["WEBHOOK_MERCHANT_CONCURRENCY"] = "8";
        // Those that are attempted while it is down come back when it is up again.
        gateway.Settings["WEBHOOK_RETRY_DELAYS"] = "30s,31s";
        gateway.Merchant.Answer = (_, _) => StatusCodes.Status503ServiceUnavailable;
        await gateway.StartWorkerAsync();
        await gateway.LetRetriesWaitAsync([gateway.MerchantId], Waiting);

        await Eventually.Read(
            () => gateway.QueryAsync("select coalesce(max(failed_probes), 0)::bigint from webhook_endpoints"), failed => failed >= Probes, $"{Probes} probes");
        var moved = rabbitMq.Acknowledged.Value;
        // What was on the road when the circuit opened went back without a post.
        Assert.InRange(moved, 8, 100);
        Assert.Equal(Waiting, await gateway.QueryAsync("select count(*) from waiting_webhooks"));
        Assert.InRange(await gateway.QueryAsync("select count(*) from waiting_leases"), 0, 1);

        gateway.Merchant.Answer = (_, _) => StatusCodes.Status200OK;
        var runs = await gateway.WaitUntilEndedAsync(Waiting);
        Assert.Empty(await gateway.StopAndCountAsync());
        Assert.Equal(Waiting, runs.Count(run => run.State == JobState.Succeeded));
        Assert.Equal(Waiting, gateway.Merchant.Posts.Count);
        // One move for each that is delivered.
        Assert.InRange(rabbitMq.Acknowledged.Value, Waiting, Waiting + 200);
    }
}
