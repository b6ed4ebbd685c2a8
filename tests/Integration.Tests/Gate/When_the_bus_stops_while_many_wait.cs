using Gateway.Testing;
using Gateway.Testing.Merchants;
using Gateway.Testing.Servers;
using Gateway.Testing.Workers;
using Gateway.Worker.Bus;
using Gateway.Worker.Gate;
using MassTransit.Transports;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.Integration.Tests.Gate;

public sealed class When_the_bus_stops_while_many_wait(When_the_bus_stops_while_many_wait.Worker worker) : IClassFixture<When_the_bus_stops_while_many_wait.Worker>
{
    private const int Slots = 4;
    private const int Waiting = 300;

    [Fact]
    public async Task Should_wait_for_the_attempts_in_flight_alone_and_give_back_the_others()
    {
        var open = new TaskCompletionSource();
        var merchants = await Task.WhenAll(Enumerable.Range(0, Slots + Waiting).Select(async _ =>
            (await worker.AddMerchant()).Answers(new MerchantAnswer(200), new MerchantAnswer(200) { Until = open.Task })));
        var gate = worker.Services.GetRequiredService<WeightedGate>();
        // Of those who are known to answer, every slot may be taken, and as many may wait as come.
        await PublishToEachAsync(merchants);
        await Eventually.Read(
            () => Task.FromResult((merchants.Sum(merchant => merchant.Received.Count), gate.CountsOf(QueueNames.Webhooks).InFlight)),
            found => found == (merchants.Length, 0),
            "each has answered once");

        await PublishToEachAsync(merchants);
        await Eventually.Read(
            () => Task.FromResult(gate.CountsOf(QueueNames.Webhooks)),
            counts => counts.InFlight == Slots && counts.Waiting > Slots,
            "the slots are taken and others wait");

        var stop = worker.Services.GetRequiredService<IBusInstance<IConsumingBus>>().BusControl.StopAsync(TestContext.Current.CancellationToken);
        await Eventually.Read(() => Task.FromResult(gate.CountsOf(QueueNames.Webhooks).Waiting), waiting => waiting == 0, "nobody waits at the gate");
        open.SetResult();
        await stop;

        // Had the stop waited for those at the gate, they would have been delivered.
        Assert.Equal(merchants.Length + Slots, merchants.Sum(merchant => merchant.Received.Count));
        await Eventually.Read(() => worker.Broker.CountOf(QueueNames.Webhooks), count => count == Waiting, "the broker has all the others");
    }

    private async Task PublishToEachAsync(IEnumerable<TestMerchant> merchants)
    {
        foreach (var merchant in merchants)
        {
            await worker.Publish(merchant);
        }
    }

    public sealed class Worker(TestServers servers) : TestWorker(servers, ("WORKER_CONCURRENCY", "4"));
}
