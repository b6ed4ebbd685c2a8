using Gateway.Contracts;
using Gateway.Persistence.JobLog;
using Gateway.Persistence.Waiting;
using Gateway.Testing.Merchants;
using Gateway.Testing.Servers;
using Gateway.Testing.Workers;
using Gateway.Worker.Webhooks.Attempts;
using MassTransit;
using Xunit;

namespace Gateway.Integration.Tests.Webhooks.Register;

public sealed class When_a_webhook_is_published_twice(When_a_webhook_is_published_twice.Worker worker)
    : IClassFixture<When_a_webhook_is_published_twice.Worker>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_skip_the_second_one_when_the_first_was_delivered()
    {
        var merchant = await worker.AddMerchant();
        var delivery = await worker.Publish(merchant);
        await worker.WaitUntilEndedAsync(delivery.DeliveryId);

        await worker.OtherBus.Publish(delivery, Cancellation);

        await AssertDeliveredOnceAndSkippedOnce(merchant, delivery);
    }

    [Fact]
    public async Task Should_keep_the_second_one_back_while_the_first_is_on_its_way()
    {
        var mayAnswer = new TaskCompletionSource();
        var merchant = (await worker.AddMerchant()).Answers(new MerchantAnswer(200) { Until = mayAnswer.Task });
        var delivery = await worker.Publish(merchant);
        await merchant.WaitUntilReceivedAsync();

        await worker.OtherBus.Publish(delivery, Cancellation);
        // The second one has been looked at when it waits.
        Assert.Equal(WaitReason.Duplicate, (await worker.WaitUntilWaitingAsync(delivery.DeliveryId)).Reason);
        Assert.Single(merchant.Received);
        mayAnswer.SetResult();

        await AssertDeliveredOnceAndSkippedOnce(merchant, delivery);
    }

    [Fact]
    public async Task Should_deliver_once_when_both_come_at_the_same_time()
    {
        var deliveries = new List<(TestMerchant Merchant, DeliverWebhook Delivery)>();
        for (var i = 0; i < 20; i++)
        {
            // Each of another merchant: two that find no room at theirs wait as one.
            var merchant = await worker.AddMerchant();
            deliveries.Add((merchant, TestWorker.NewDelivery(merchant)));
        }

        await Task.WhenAll(deliveries.SelectMany(each => new[]
        {
            worker.Bus.Publish(each.Delivery, Cancellation),
            worker.OtherBus.Publish(each.Delivery, Cancellation),
        }));

        foreach (var (merchant, delivery) in deliveries)
        {
            await AssertDeliveredOnceAndSkippedOnce(merchant, delivery);
        }
    }

    [Fact]
    public async Task Should_deliver_once_when_both_find_no_room_at_the_merchant()
    {
        var merchant = await worker.AddMerchant();
        var deliveries = Enumerable.Range(0, 50).Select(_ => TestWorker.NewDelivery(merchant)).ToArray();

        await Task.WhenAll(deliveries.SelectMany(delivery => new[]
        {
            worker.Bus.Publish(delivery, Cancellation),
            worker.OtherBus.Publish(delivery, Cancellation),
        }));

        foreach (var delivery in deliveries)
        {
            await worker.WaitUntilEndedAsync(delivery.DeliveryId);
        }

        await worker.WaitUntilNothingWaitsAsync();
        Assert.Equal(deliveries.Select(delivery => delivery.DeliveryId).Order(), merchant.Received.Select(webhook => webhook.Id).Order());
    }

    [Fact]
    public async Task Should_go_down_one_ladder_when_the_merchant_fails()
    {
        var exhausted = await worker.Broker.Subscribe<WebhookExhausted>();
        var merchant = (await worker.AddMerchant()).Answers(500);
        var delivery = TestWorker.NewDelivery(merchant);

        await Task.WhenAll(worker.Bus.Publish(delivery, Cancellation), worker.OtherBus.Publish(delivery, Cancellation));

        await exhausted.WaitUntilReceivedAsync(delivery.DeliveryId.ToString());
        var attempts = (await worker.Runs(delivery.DeliveryId)).Select(r => r.Attempt).ToArray();
        // Each message may make the first attempt, because a failed one frees the delivery; the retries are those of one.
        Assert.InRange(attempts.Count(a => a == 1), 1, 2);
        Assert.Equal([2, 3, 4, 5, 6], attempts.Where(a => a > 1));
        Assert.Equal(attempts.Length, merchant.Received.Count);
        Assert.Equal(6, (await worker.WaitUntilDeadLetterOfAsync(delivery.DeliveryId)).GetProperty("attempts_made").GetInt32());
        Assert.Equal(0, exhausted.CountUnread(delivery.DeliveryId.ToString()));
    }

    private async Task AssertDeliveredOnceAndSkippedOnce(TestMerchant merchant, DeliverWebhook delivery)
    {
        var runs = await worker.WaitUntilRunsAsync(delivery.DeliveryId, count: 2);
        Assert.Equal([JobState.Succeeded, JobState.Succeeded], runs.Select(r => r.State));
        Assert.Equal(SkipReason.AlreadyDelivered, runs[1].Reason);
        Assert.Single(merchant.Received, w => w.Id == delivery.DeliveryId);
    }

    public sealed class Worker(TestServers servers) : TestWorker(servers), IAsyncLifetime
    {
        private IBusControl _otherBus = null!;

        /// <summary>The bus of another service.</summary>
        public IBus OtherBus => _otherBus;

        async ValueTask IAsyncLifetime.InitializeAsync()
        {
            await InitializeAsync();
            _otherBus = MassTransit.Bus.Factory.CreateUsingRabbitMq(rabbit => rabbit.Host(BrokerUri));
            await _otherBus.StartAsync(Cancellation);
        }

        async ValueTask IAsyncDisposable.DisposeAsync()
        {
            await _otherBus.StopAsync(CancellationToken.None);
            await DisposeAsync();
        }
    }
}
