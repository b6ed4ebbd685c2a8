using Gateway.Testing.Servers;
using Gateway.Testing.Workers;
using Gateway.Worker.Bus;
using Gateway.Worker.Gate;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.Integration.Tests.Telemetry;

public sealed class When_a_retry_comes_to_its_queue(TestServers servers)
{
    [Fact]
    public async Task Should_count_as_waiting_there_since_it_was_sent()
    {
        await using var worker = new Worker(servers);
        await worker.InitializeAsync();
        var merchant = (await worker.AddMerchant()).Answers(503, 200);

        var delivery = await worker.Publish(merchant);
        var runs = await worker.WaitUntilEndedAsync(delivery.DeliveryId);

        var arrivedAt = worker.Services.GetRequiredService<GatedQueues>().Get(QueueNames.WebhooksRetry).LastStartedArrivedAt(_ => true);
        // The broker tells whole seconds, and the delay is at least 2.4 s.
        Assert.InRange(arrivedAt!.Value, runs[0].StartedAt.AddSeconds(1), runs[1].StartedAt);
    }

    private sealed class Worker(TestServers servers) : TestWorker(servers, ("WEBHOOK_RETRY_DELAYS", "3s"));
}
