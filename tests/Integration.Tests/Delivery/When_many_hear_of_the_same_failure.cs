using Gateway.Contracts;
using Gateway.Integration.Tests.Servers;
using MassTransit;
using Xunit;

namespace Gateway.Integration.Tests.Delivery;

/// <summary>The saga in Redis is written by many consumers at once; the broker must see what one of them decided.</summary>
public sealed class When_many_hear_of_the_same_failure(When_many_hear_of_the_same_failure.Worker worker)
    : IClassFixture<When_many_hear_of_the_same_failure.Worker>
{
    private const int Deliveries = 8;
    private const int Repetitions = 16;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_schedule_one_retry_for_each_delivery()
    {
        var merchant = await worker.AddMerchant();
        var deliveries = Enumerable.Range(0, Deliveries).Select(_ => TestWorker.NewDelivery(merchant)).ToArray();
        var processed = new ProcessedCount(worker.Bus, "webhook_attempts");

        await Task.WhenAll(deliveries.SelectMany(delivery => Enumerable.Range(0, Repetitions).Select(_ => worker.Bus.Publish(Failed(delivery), Cancellation))));
        await Eventually.Read(() => Task.FromResult(processed.Count), count => count >= Deliveries * Repetitions, "every event was processed");

        var waiting = await worker.Broker.Peek("webhooks_retry.delay.1m");
        Assert.Equal(Deliveries, waiting.Count);
        Assert.All(deliveries, delivery => Assert.Single(waiting, m => m.Text.Contains(delivery.DeliveryId.ToString(), StringComparison.Ordinal)));
    }

    private static WebhookAttemptFailed Failed(DeliverWebhook delivery) => new()
    {
        DeliveryId = delivery.DeliveryId,
        Delivery = delivery,
        Attempt = 1,
        Reason = "status",
        StatusCode = 500,
        FailedAt = TimeProvider.System.GetUtcNow(),
    };

    public sealed class Worker(TestServers servers) : TestWorker(servers, ("WEBHOOK_RETRY_DELAYS", "1m,2m"));

    /// <summary>Counts the messages that a queue's consumers are done with.</summary>
    private sealed class ProcessedCount : IReceiveObserver
    {
        private readonly string _queue;
        private int _count;

        public ProcessedCount(IBus bus, string queue)
        {
            _queue = queue;
            bus.ConnectReceiveObserver(this);
        }

        public int Count => Volatile.Read(ref _count);

        public Task PreReceive(ReceiveContext context) => Task.CompletedTask;

        public Task PostReceive(ReceiveContext context)
        {
            if (context.InputAddress.Segments[^1] == _queue)
            {
                Interlocked.Increment(ref _count);
            }

            return Task.CompletedTask;
        }

        public Task PostConsume<T>(ConsumeContext<T> context, TimeSpan duration, string consumerType)
            where T : class => Task.CompletedTask;

        public Task ConsumeFault<T>(ConsumeContext<T> context, TimeSpan duration, string consumerType, Exception exception)
            where T : class => Task.CompletedTask;

        public Task ReceiveFault(ReceiveContext context, Exception exception) => Task.CompletedTask;
    }
}
