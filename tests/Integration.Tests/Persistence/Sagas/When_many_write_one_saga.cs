using Gateway.Persistence.Sagas;
using Xunit;

namespace Gateway.Integration.Tests.Persistence.Sagas;

public sealed class When_many_write_one_saga(SagaRedis redis) : IClassFixture<SagaRedis>
{
    private const int Writers = 50;

    private readonly Guid _id = Guid.CreateVersion7();

    [Fact]
    public async Task Should_let_one_win_each_version_and_lose_no_update()
    {
        ISagaStore<Tally>[] workers = [redis.Store<Tally>(), redis.Store<Tally>(connection: await redis.Connect())];

        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => CountUp(workers[writer % 2])));

        var end = (await workers[0].LoadAsync(_id)).Saga;
        Assert.Equal((Writers, Writers), (end.TotalAmount, end.Version));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Should_let_one_of_those_win_who_loaded_the_same_version(bool exists)
    {
        var store = redis.Store<Tally>();
        if (exists)
        {
            await store.ChangeAsync(_id, _ => { });
        }

        var loaded = await Task.WhenAll(Enumerable.Range(0, Writers).Select(_ => store.LoadAsync(_id)));
        for (var writer = 0; writer < Writers; writer++)
        {
            loaded[writer].Saga.TotalAmount = writer;
        }

        var areSaved = await Task.WhenAll(loaded.Select(store.SaveAsync));

        Assert.Single(areSaved, isSaved => isSaved);
        var end = (await store.LoadAsync(_id)).Saga;
        Assert.Equal((Array.IndexOf(areSaved, true), exists ? 2 : 1), (end.TotalAmount, end.Version));
    }

    private async Task CountUp(ISagaStore<Tally> store)
    {
        while (!await store.ChangeAsync(_id, tally => tally.TotalAmount++))
        {
        }
    }
}
