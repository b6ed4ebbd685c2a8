using MassTransit;
using StackExchange.Redis;
using Xunit;

namespace Gateway.Integration.Tests.Sagas;

public sealed class When_Redis_forgets(SagaRedis redis) : IClassFixture<SagaRedis>
{
    private readonly Guid _id = Guid.CreateVersion7();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_load_its_script_again()
    {
        var store = redis.Tallies();
        var revision = await store.TryInsert(new Tally { CorrelationId = _id });
        revision = await store.TryUpdate(new Tally { CorrelationId = _id }, revision!.Value);

        await redis.Server.ScriptFlushAsync();

        Assert.NotNull(await store.TryUpdate(new Tally { CorrelationId = _id, TotalAmount = 7 }, revision!.Value));
        Assert.Equal(7, (await store.Load(_id, Token))!.Value.Saga.TotalAmount);
    }

    [Fact]
    public async Task Should_start_again_with_the_next_initiating_event()
    {
        await using var worker = await TallyWorker.Start(redis.Connection, cancellationToken: Token);
        await worker.Ask(new CountUp { TallyId = _id, Amount = 5 }, Token);

        await redis.Server.FlushDatabaseAsync(redis.Database.Database);

        var answer = await worker.Ask(new CountUp { TallyId = _id, Amount = 3 }, Token);
        Assert.Equal((0, 3), (answer.LoadedVersion, answer.TotalAmount));
    }

    [Fact]
    public async Task Should_report_a_conflict_to_a_message_that_had_loaded_what_is_gone()
    {
        var options = new TallyOptions { Rendezvous = new(2) };
        await redis.Tallies().TryInsert(new Tally { CorrelationId = _id, CurrentState = nameof(TallyMachine.Counting), TotalAmount = 1 });
        await using var worker = await TallyWorker.Start(redis.Connection, options, cancellationToken: Token);
        var loaded = worker.Ask(new CountUp { TallyId = _id, Amount = 5 }, Token);
        await options.Rendezvous.FirstArrival;

        await redis.Server.FlushDatabaseAsync(redis.Database.Database);
        await options.Rendezvous.Arrive();

        var fault = await Assert.ThrowsAsync<RequestFaultException>(() => loaded);
        Assert.Contains("SagaConflictException", fault.Fault!.Exceptions[0].ExceptionType, StringComparison.Ordinal);
        Assert.Null(await redis.Tallies().Load(_id, Token));
    }

    /// <summary>What a client sees of a restart: its connection is cut, the scripts are gone, and so is what was not persisted.</summary>
    [Fact]
    public async Task Should_go_on_after_a_restart()
    {
        var connection = await redis.Connect();
        await using var worker = await TallyWorker.Start(connection, cancellationToken: Token);
        await worker.Ask(new CountUp { TallyId = _id, Amount = 5 }, Token);
        await worker.Ask(new CountUp { TallyId = _id, Amount = 5 }, Token);

        var restored = AwaitRestored(connection);
        await redis.Server.ScriptFlushAsync();
        await redis.Server.FlushDatabaseAsync(redis.Database.Database);
        var client = (long)await connection.GetDatabase().ExecuteAsync("CLIENT", "ID");
        Assert.Equal(1, await redis.Server.ClientKillAsync(client));
        await restored.WaitAsync(Token);

        Assert.Equal(1, (await worker.Ask(new CountUp { TallyId = _id, Amount = 1 }, Token)).TotalAmount);
        Assert.Equal(3, (await worker.Ask(new CountUp { TallyId = _id, Amount = 2 }, Token)).TotalAmount);
    }

    private static Task AwaitRestored(IConnectionMultiplexer connection)
    {
        var restored = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        connection.ConnectionRestored += (_, e) =>
        {
            if (e.ConnectionType == ConnectionType.Interactive)
                restored.TrySetResult();
        };
        return restored.Task;
    }
}
