using Gateway.Contracts;
using Gateway.Integration.Tests.Persistence.Sagas;
using Gateway.Persistence;
using Gateway.Persistence.JobLog;
using Gateway.Persistence.Sagas;
using Gateway.Testing;
using Gateway.Testing.Servers;
using Gateway.Testing.Workers;
using Gateway.Worker.Webhooks.Saga;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.Integration.Tests.Webhooks.Saga;

public sealed class When_a_delivery_recovers(When_a_delivery_recovers.Worker worker) : IClassFixture<When_a_delivery_recovers.Worker>
{
    [Fact]
    public async Task Should_stop_at_the_attempt_that_succeeds_and_say_so()
    {
        var recovered = await worker.Broker.Subscribe<WebhookRecovered>();
        var merchant = (await worker.AddMerchant()).Answers(500, 502, 204);

        var delivery = await worker.Publish(merchant);

        var told = await recovered.WaitUntilReceivedAsync(delivery.DeliveryId.ToString());
        Assert.Equal(3, told.GetProperty("attempt").GetInt32());
        Assert.Equal(merchant.Id, told.GetProperty("merchant_id").GetString());
        var runs = await worker.Runs(delivery.DeliveryId);
        Assert.Equal([JobState.Retrying, JobState.Retrying, JobState.Succeeded], runs.Select(r => r.State));
        Assert.Equal([500, 502, 204], runs.Select(r => r.StatusCode!.Value));
        Assert.Equal(3, merchant.Received.Count);
    }

    [Fact]
    public async Task Should_keep_its_history_in_Redis_for_a_week()
    {
        var merchant = (await worker.AddMerchant()).Answers(500, 502, 204);

        var delivery = await worker.Publish(merchant);

        var sagas = worker.Services.GetRequiredService<ISagaStore<WebhookDelivery>>();
        var saga = await Eventually.Read(
            async () => (await sagas.LoadAsync(WebhookDelivery.IdOf(delivery.DeliveryId, delivery.MerchantId))).Saga,
            found => found.CurrentState == nameof(WebhookDeliveryStateMachine.Delivered),
            "the saga knows of the success");
        Assert.Equal([500, 502, 204], saga.Attempts.Select(a => a.StatusCode!.Value));
        Assert.NotNull(saga.EndedAt);
        Assert.Null(saga.NextAttemptAt);
        var redis = worker.Services.GetRequiredService<RedisConnection>().Database;
        var expiry = await redis.KeyTimeToLiveAsync($"saga:webhook_delivery:{WebhookDelivery.IdOf(delivery.DeliveryId, delivery.MerchantId)}");
        Assert.InRange(expiry!.Value, TimeSpan.FromDays(6.9), TimeSpan.FromDays(7));
    }

    public sealed class Worker(TestServers servers) : TestWorker(servers);
}
