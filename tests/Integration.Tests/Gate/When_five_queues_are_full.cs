using System.Collections.Concurrent;
using Gateway.Contracts;
using Gateway.Persistence.GatewayTables;
using Gateway.Testing;
using Gateway.Testing.Merchants;
using Gateway.Testing.Servers;
using Gateway.Testing.Workers;
using Gateway.Worker.Bus;
using Gateway.Worker.Gate;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.Integration.Tests.Gate;

public sealed class When_five_queues_are_full(When_five_queues_are_full.Worker worker) : IClassFixture<When_five_queues_are_full.Worker>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private WeightedGate Gate => worker.Services.GetRequiredService<WeightedGate>();

    /// <summary>The gate of the real worker, its queues on the real broker; what runs is a stand-in that only waits its turn.</summary>
    [Fact]
    public async Task Should_divide_the_starts_by_the_weights_and_give_one_queue_every_slot()
    {
        const int Messages = 3_000;
        var starts = new ConcurrentQueue<string>();
        var mayStart = new TaskCompletionSource();
        var gate = Gate;
        var bus = MassTransit.Bus.Factory.CreateUsingRabbitMq(rabbit =>
        {
            rabbit.Host(worker.BrokerUri);
            foreach (var flow in gate.Flows)
            {
                rabbit.ReceiveEndpoint($"fair_{flow.Name}", endpoint =>
                {
                    endpoint.TakeForGate(new GateOptions { Slots = gate.Slots, Flows = [] });
                    endpoint.ConfigureConsumeTopology = false;
                    endpoint.Handler<ExpirePayments>(async context =>
                    {
                        await mayStart.Task;
                        using var slot = await gate.EnterAsync(flow.Name, GateRank.Normal, context.CancellationToken);
                        starts.Enqueue(flow.Name);
                        // The slot is held over a round trip to the broker, as a job holds it over its work.
                        await context.Publish(new PaymentExpired { PaymentId = Guid.Empty, MerchantId = "", ExpiredAt = context.Message.RunAt });
                    });
                });
            }
        });
        await bus.StartAsync(Cancellation);
        try
        {
            await Task.WhenAll(gate.Flows.SelectMany(flow => Enumerable.Range(0, Messages).Select(async _ =>
            {
                var endpoint = await bus.GetSendEndpoint(new Uri($"queue:fair_{flow.Name}"));
                await endpoint.Send(new ExpirePayments { RunAt = TimeProvider.System.GetUtcNow() }, Cancellation);
            })));

            mayStart.SetResult();
            await Eventually.Read(() => Task.FromResult(starts.Count), count => count == 5 * Messages, "everything has started");
        }
        finally
        {
            await bus.StopAsync(CancellationToken.None);
        }

        // The heaviest queue is empty after 9,000 starts; until shortly before that all five have something waiting.
        var first = starts.Take(8_000).CountBy(name => name).ToDictionary();
        foreach (var flow in gate.Flows)
        {
            Assert.InRange(100.0 * first[flow.Name] / 8_000, 100.0 * flow.Weight / 15 - 2, 100.0 * flow.Weight / 15 + 2);
        }

        // In the end the lightest is alone and has every slot.
        Assert.Equal(["reports"], starts.Skip(14_000).Distinct());
    }

    [Fact]
    public async Task Should_start_the_largest_merchants_first_and_none_never()
    {
        var open = new TaskCompletionSource();
        var blocker = (await worker.AddMerchant(m => m.KycTier = KycTier.Tier3)).Answers(new MerchantAnswer(200) { Until = open.Task });
        await Task.WhenAll(Enumerable.Range(0, Worker.Slots).Select(_ => worker.Publish(blocker)));
        for (var i = 0; i < Worker.Slots; i++)
        {
            await blocker.WaitUntilReceivedAsync();
        }

        // Every slot is taken; these wait at the gate, the smallest merchant's first.
        var order = new ConcurrentQueue<string>();
        foreach (var tier in new[] { KycTier.Tier1, KycTier.Tier2, KycTier.Tier3 })
        {
            var merchant = await worker.AddMerchant(m => m.KycTier = tier);
            merchant.Answers(new MerchantAnswer(200));
            merchant.OnReceived = () => order.Enqueue(tier);
            await worker.Publish(merchant);
            await Eventually.Read(
                () => Task.FromResult(Gate.CountsOf(QueueNames.Webhooks).Waiting), waiting => waiting >= int.Parse(tier[4..], null), $"the webhook of {tier} waits");
        }

        open.SetResult();
        await Eventually.Read(() => Task.FromResult(order.Count), count => count == 3, "all three were delivered");
        Assert.Equal([KycTier.Tier3, KycTier.Tier2, KycTier.Tier1], order);
    }

    public sealed class Worker(TestServers servers) : TestWorker(
        servers, ("WORKER_CONCURRENCY", "1"), ("QUEUE_AGING", "10m"), ("WEBHOOK_MERCHANT_CONCURRENCY", "64"))
    {
        public const int Slots = 1;
    }
}
