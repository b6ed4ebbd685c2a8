using StackExchange.Redis;
using Xunit;

namespace Gateway.Integration.Tests.Persistence.Sagas;

public sealed class When_Redis_forgets(SagaRedis redis) : IClassFixture<SagaRedis>
{
    private readonly Guid _id = Guid.CreateVersion7();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_load_its_script_again()
    {
        var store = redis.Store<Tally>();
        Guid[] ids = [.. Enumerable.Range(0, 20).Select(_ => Guid.CreateVersion7())];
        await store.SaveAsync(await store.LoadAsync(ids, Token));
        await store.SaveAsync(await store.LoadAsync(ids, Token));

        await redis.Server.ScriptFlushAsync();

        Assert.Empty(await store.SaveAsync(await store.LoadAsync(ids, Token)));
        Assert.All(await store.LoadAsync(ids, Token), stored => Assert.Equal(3, stored.Saga.Version));
    }

    /// <summary>What a client sees of a restart: its connection is cut, the scripts are gone, and so is what was not persisted.</summary>
    [Fact]
    public async Task Should_go_on_after_a_restart()
    {
        var connection = await redis.Connect();
        var store = redis.Store<Tally>(connection: connection);
        await store.ChangeAsync(_id, tally => tally.TotalAmount += 5);
        await store.ChangeAsync(_id, tally => tally.TotalAmount += 5);

        var restored = AwaitRestored(connection);
        await redis.Server.ScriptFlushAsync();
        await redis.Server.FlushDatabaseAsync(redis.Database.Database);
        var client = (long)await connection.GetDatabase().ExecuteAsync("CLIENT", "ID");
        Assert.Equal(1, await redis.Server.ClientKillAsync(client));
        await restored.WaitAsync(Token);

        await store.ChangeAsync(_id, tally => tally.TotalAmount += 1);
        await store.ChangeAsync(_id, tally => tally.TotalAmount += 2);
        Assert.Equal(3, (await store.LoadAsync(_id)).Saga.TotalAmount);
    }

    private static Task AwaitRestored(IConnectionMultiplexer connection)
    {
        var restored = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        connection.ConnectionRestored += (_, e) =>
        {
            if (e.ConnectionType == ConnectionType.Interactive)
            {
                restored.TrySetResult();
            }
        };
        return restored.Task;
    }
}
