using Gateway.Persistence.Sagas;
using Xunit;

namespace Gateway.Integration.Tests.Sagas;

public sealed class When_many_write_one_saga(SagaRedis redis) : IClassFixture<SagaRedis>
{
    private const int Writers = 50;

    private readonly Guid _id = Guid.CreateVersion7();

    [Fact]
    public async Task Should_let_one_win_each_version_and_lose_no_update()
    {
        SagaStore<Tally>[] workers = [redis.Tallies(), new(await redis.Connect(), new() { ExpiresIn = _ => null })];
        await workers[0].TryInsert(new Tally { CorrelationId = _id });

        var wins = await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => CountUp(workers[writer % 2])));

        var end = await redis.Tallies().Load(_id, TestContext.Current.CancellationToken);
        Assert.Equal(Enumerable.Range(2, Writers), wins.Select(win => win.Version).Order());
        Assert.Equal((Writers, Writers + 1), (end!.Value.Saga.TotalAmount, end.Value.Saga.Version));
    }

    [Fact]
    public async Task Should_let_one_of_those_win_who_loaded_the_same_version()
    {
        var store = redis.Tallies();
        var loaded = (await store.TryInsert(new Tally { CorrelationId = _id }))!.Value;

        var writes = await Task.WhenAll(Enumerable.Range(1, Writers).Select(async total =>
            (Total: total, Revision: await store.TryUpdate(new Tally { CorrelationId = _id, TotalAmount = total }, loaded))));

        var winner = Assert.Single(writes, write => write.Revision is not null);
        var end = await store.Load(_id, TestContext.Current.CancellationToken);
        Assert.Equal((winner.Total, winner.Revision), (end!.Value.Saga.TotalAmount, end.Value.Revision));
    }

    [Fact]
    public async Task Should_let_one_insert_win()
    {
        var store = redis.Tallies();

        var inserts = await Task.WhenAll(Enumerable.Range(1, Writers).Select(async total =>
            (Total: total, Revision: await store.TryInsert(new Tally { CorrelationId = _id, TotalAmount = total }))));

        var winner = Assert.Single(inserts, insert => insert.Revision is not null);
        var end = await store.Load(_id, TestContext.Current.CancellationToken);
        Assert.Equal((winner.Total, winner.Revision), (end!.Value.Saga.TotalAmount, end.Value.Revision));
    }

    private async Task<Revision> CountUp(SagaStore<Tally> store)
    {
        while (true)
        {
            var (saga, revision) = (await store.Load(_id, TestContext.Current.CancellationToken))!.Value;
            saga.TotalAmount++;
            if (await store.TryUpdate(saga, revision) is { } won)
                return won;
        }
    }
}
