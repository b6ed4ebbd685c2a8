using Gateway.Contracts;
using Gateway.Persistence.Sagas;
using Gateway.Testing;
using Gateway.Worker.Webhooks.Saga;
using MassTransit;
using StackExchange.Redis;
using Xunit;

namespace Gateway.Integration.Tests.Persistence.Sagas;

public sealed class When_attempts_of_a_commit_are_told(SagaRedis redis) : IClassFixture<SagaRedis>
{
    private const int Deliveries = 500;

    private const string Merchant = "m-1";

    private readonly Guid[] _ids = [.. Enumerable.Range(0, Deliveries).Select(_ => Guid.CreateVersion7())];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>What was sent to Redis, while it answers nothing, is what one round trip takes.</summary>
    [Fact]
    public async Task Should_load_them_in_one_round_trip_and_save_them_in_another()
    {
        var connection = await redis.Connect();
        var sagas = redis.Store<WebhookDelivery>(connection: connection);
        // Redis knows the script, and the client that it does.
        await TellAsync(sagas, Failed(Guid.CreateVersion7(), attempt: 1));
        await TellAsync(sagas, Failed(_ids[0], attempt: 1));
        await TellAsync(sagas, Failed(_ids[0], attempt: 2));

        StoredSaga<WebhookDelivery>[] loaded = [];
        await WhileRedisIsSilentAsync(connection, async () => loaded = [.. await sagas.LoadAsync([.. _ids.Select(SagaOf)], Cancellation)]);
        await WhileRedisIsSilentAsync(connection, async () => Assert.Empty(await sagas.SaveAsync(loaded)));

        Assert.Equal(Deliveries, loaded.Length);
        Assert.Equal(3, (await sagas.LoadAsync(SagaOf(_ids[0]))).Saga.Version);
    }

    [Fact]
    public async Task Should_save_a_delivery_once_although_two_of_its_attempts_are_told()
    {
        var sagas = redis.Store<WebhookDelivery>();
        WebhookAttemptRecorded[] attempts = [.. _ids.Select(id => Failed(id, attempt: 1)), .. _ids.Select(id => Failed(id, attempt: 2))];

        await TellAsync(sagas, attempts);

        var stored = await sagas.LoadAsync([.. _ids.Select(SagaOf)], Cancellation);
        Assert.All(stored, one => Assert.Equal((1, 2), (one.Saga.Version, one.Saga.Attempts.Count)));
    }

    /// <summary>Two workers have loaded the same sagas. The one that saves last loads again what the other has changed.</summary>
    [Fact]
    public async Task Should_lose_no_attempt_to_another_worker()
    {
        var others = redis.Store<WebhookDelivery>(connection: await redis.Connect());
        var known = _ids[..(Deliveries / 2)];
        await TellAsync(others, [.. known.Select(id => Failed(id, attempt: 1))]);
        WebhookAttemptRecorded[] theirs = [.. _ids.Where((_, at) => at % 2 == 0).Select(id => Failed(id, attempt: 2))];
        var own = new InterruptedStore<WebhookDelivery>(redis.Store<WebhookDelivery>(), () => TellAsync(others, theirs));

        await TellAsync(own, [.. _ids.Select(id => Failed(id, attempt: 3))]);

        Assert.Equal([Deliveries, Deliveries / 2], own.Loads);
        var saved = (await others.LoadAsync([.. _ids.Select(SagaOf)], Cancellation)).ToDictionary(stored => stored.Saga.DeliveryId, stored => stored.Saga);
        for (var at = 0; at < Deliveries; at++)
        {
            int[] expected = [.. at < known.Length ? [1] : Array.Empty<int>(), .. at % 2 == 0 ? [2] : Array.Empty<int>(), 3];
            Assert.Equal(expected, saved[_ids[at]].Attempts.Select(made => made.Attempt));
        }
    }

    [Fact]
    public async Task Should_tell_all_of_them_although_workers_meet()
    {
        const int Workers = 4;
        var workers = await Task.WhenAll(
            Enumerable.Range(0, Workers).Select(async _ => redis.Store<WebhookDelivery>(connection: await redis.Connect())));

        await Task.WhenAll(workers.Select((sagas, worker) => TellAsync(sagas, [.. _ids.Select(id => Failed(id, attempt: worker + 1))])));

        Assert.All(
            await workers[0].LoadAsync([.. _ids.Select(SagaOf)], Cancellation),
            stored => Assert.Equal(Enumerable.Range(1, Workers), stored.Saga.Attempts.Select(made => made.Attempt)));
    }

    [Fact]
    public async Task Should_start_a_saga_anew_where_Redis_holds_something_else()
    {
        await redis.Database.StringSetAsync($"saga:webhook_delivery:{SagaOf(_ids[0])}", "something else");
        await redis.Database.HashSetAsync($"saga:webhook_delivery:{SagaOf(_ids[1])}", "something", "else");
        var sagas = redis.Store<WebhookDelivery>();

        await TellAsync(sagas, [.. _ids.Select(id => Failed(id, attempt: 2))]);

        Assert.All(await sagas.LoadAsync([.. _ids.Select(SagaOf)], Cancellation), stored => Assert.Equal(
            (nameof(WebhookDeliveryStateMachine.AwaitingRetry), 1), (stored.Saga.CurrentState, stored.Saga.Attempts.Count)));
    }

    private static Guid SagaOf(Guid deliveryId) => WebhookDelivery.IdOf(deliveryId, Merchant);

    private static Task TellAsync(ISagaStore<WebhookDelivery> sagas, params WebhookAttemptRecorded[] attempts)
    {
        var consumer = new WebhookAttemptsConsumer(sagas, new WebhookDeliveryStateMachine());
        var mediator = MassTransit.Bus.Factory.CreateMediator(configurator => configurator.Instance(consumer));
        return mediator.Publish(new WebhookAttemptsRecorded { Attempts = attempts }, Cancellation);
    }

    private static WebhookAttemptRecorded Failed(Guid id, int attempt) => new()
    {
        DeliveryId = id,
        MerchantId = Merchant,
        Event = "payment.completed",
        Attempt = attempt,
        Reason = "status",
        StatusCode = 503,
        EndedAt = TimeProvider.System.GetUtcNow(),
        NextAttemptAt = TimeProvider.System.GetUtcNow().AddMinutes(attempt),
    };

    /// <summary>Redis answers a connection's commands in their order, so none comes before one that waits for another connection.</summary>
    private async Task WhileRedisIsSilentAsync(IConnectionMultiplexer connection, Func<Task> ask)
    {
        var gate = $"gate:{Guid.CreateVersion7()}";
        var silence = connection.GetDatabase().ExecuteAsync("BLPOP", gate, 0);
        var asking = ask();

        await Eventually.Read(
            () => Task.FromResult(connection.GetCounters().Interactive.SentItemsAwaitingResponse),
            sent => sent > Deliveries,
            "all commands are sent while none is answered");

        await redis.Database.ListRightPushAsync(gate, "speak");
        await silence;
        await asking;
    }
}
