using Gateway.Contracts;
using Gateway.Persistence;
using Gateway.Persistence.Sagas;
using Gateway.Testing;
using Gateway.Testing.Merchants;
using Gateway.Testing.Servers;
using Gateway.Testing.Workers;
using Gateway.Worker.Webhooks.Saga;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;
using Xunit;

namespace Gateway.Integration.Tests.Persistence.Sagas;

public sealed class When_Redis_is_away(OwnRedis own) : IClassFixture<OwnRedis>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_tell_the_sagas_when_it_is_back_and_deliver_meanwhile()
    {
        await using var worker = new Worker(own.Servers);
        await worker.InitializeAsync();
        var merchant = (await worker.AddMerchant()).Answers(200);
        Guid[] ids = [.. Enumerable.Range(0, 500).Select(_ => Guid.CreateVersion7())];

        await using (await own.Servers.Redis.StopAsync(Cancellation))
        {
            await worker.Bus.Publish(new WebhookAttemptsRecorded { Attempts = [.. ids.Select(id => Failed(id, merchant))] }, Cancellation);

            var delivery = await worker.Publish(merchant);
            await worker.WaitUntilEndedAsync(delivery.DeliveryId);
        }

        // Not through the worker's connection, which comes back when it does.
        var database = worker.Services.GetRequiredService<RedisConnection>().Database.Database;
        var redis = own.Servers.Redis;
        await using var connection = await ConnectionMultiplexer.ConnectAsync($"{redis.Host}:{redis.Port},defaultDatabase={database}");
        var sagas = new RedisSagaStore<WebhookDelivery>(
            new RedisConnection(connection),
            new RedisSagaOptions<WebhookDelivery> { ExpiresIn = _ => TimeSpan.FromDays(1) },
            NullLogger<RedisSagaStore<WebhookDelivery>>.Instance);
        await Eventually.Read(
            async () => await sagas.LoadAsync([.. ids.Select(id => WebhookDelivery.IdOf(id, merchant.Id))], Cancellation),
            loaded => loaded.All(stored => stored.Saga.CurrentState == nameof(WebhookDeliveryStateMachine.AwaitingRetry)),
            "every saga knows of its attempt");
    }

    private static WebhookAttemptRecorded Failed(Guid id, TestMerchant merchant) => new()
    {
        DeliveryId = id,
        MerchantId = merchant.Id,
        Event = "payment.completed",
        Attempt = 1,
        Reason = "timeout",
        EndedAt = TimeProvider.System.GetUtcNow(),
        NextAttemptAt = TimeProvider.System.GetUtcNow().AddMinutes(1),
    };

    private sealed class Worker(TestServers servers) : TestWorker(servers);
}
