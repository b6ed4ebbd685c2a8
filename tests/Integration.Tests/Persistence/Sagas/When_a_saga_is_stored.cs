using System.Text.RegularExpressions;
using Gateway.Persistence.Sagas;
using Gateway.Testing;
using MassTransit;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;
using Xunit;

namespace Gateway.Integration.Tests.Persistence.Sagas;

public sealed class When_a_saga_is_stored(SagaRedis redis) : IClassFixture<SagaRedis>
{
    private readonly Guid _id = Guid.CreateVersion7();

    private readonly ISagaStore<Tally> _store = redis.Store<Tally>();

    private RedisKey Key => $"saga:tally:{_id}";

    [Fact]
    public async Task Should_load_what_was_saved()
    {
        await _store.ChangeAsync(_id, tally => (tally.CurrentState, tally.TotalAmount) = ("Counting", 5));

        var saga = (await _store.LoadAsync(_id)).Saga;
        Assert.Equal((_id, "Counting", 5, 1), (saga.CorrelationId, saga.CurrentState, saga.TotalAmount, saga.Version));
    }

    [Fact]
    public async Task Should_begin_with_an_instance_that_was_never_saved()
    {
        var saga = (await _store.LoadAsync(_id)).Saga;

        Assert.Equal((_id, "", 0, 0), (saga.CorrelationId, saga.CurrentState, saga.TotalAmount, saga.Version));
        Assert.False(await redis.Database.KeyExistsAsync(Key));
    }

    [Fact]
    public async Task Should_count_every_save_as_a_version()
    {
        await _store.ChangeAsync(_id, tally => tally.TotalAmount = 5);
        await _store.ChangeAsync(_id, tally => tally.TotalAmount = 6);

        var saga = (await _store.LoadAsync(_id)).Saga;
        Assert.Equal((2, 6), (saga.Version, saga.TotalAmount));
    }

    [Fact]
    public async Task Should_not_insert_over_an_instance()
    {
        var late = await _store.LoadAsync(_id);
        await _store.ChangeAsync(_id, tally => tally.TotalAmount = 1);

        Assert.False(await _store.SaveAsync(late));

        Assert.Equal(1, (await _store.LoadAsync(_id)).Saga.TotalAmount);
    }

    [Fact]
    public async Task Should_not_save_from_an_old_version()
    {
        await _store.ChangeAsync(_id, tally => tally.TotalAmount = 1);
        var late = await _store.LoadAsync(_id);
        await _store.ChangeAsync(_id, tally => tally.TotalAmount = 2);

        Assert.False(await _store.SaveAsync(late));

        Assert.Equal(2, (await _store.LoadAsync(_id)).Saga.TotalAmount);
    }

    [Fact]
    public async Task Should_not_take_version_10_for_version_1()
    {
        await _store.ChangeAsync(_id, _ => { });
        var first = await _store.LoadAsync(_id);
        for (var version = 2; version <= 10; version++)
        {
            await _store.ChangeAsync(_id, _ => { });
        }

        Assert.False(await _store.SaveAsync(first));
        Assert.Equal(10, (await _store.LoadAsync(_id)).Saga.Version);
    }

    [Fact]
    public async Task Should_not_save_what_is_gone()
    {
        await _store.ChangeAsync(_id, _ => { });
        var loaded = await _store.LoadAsync(_id);
        await redis.Database.KeyDeleteAsync(Key);

        Assert.False(await _store.SaveAsync(loaded));

        Assert.False(await redis.Database.KeyExistsAsync(Key));
    }

    [Fact]
    public async Task Should_not_let_the_old_instance_overwrite_a_new_one_of_the_same_id()
    {
        await _store.ChangeAsync(_id, tally => tally.TotalAmount = 1);
        var old = await _store.LoadAsync(_id);
        await redis.Database.KeyDeleteAsync(Key);
        await _store.ChangeAsync(_id, tally => tally.TotalAmount = 2);
        var anew = await _store.LoadAsync(_id);
        Assert.Equal(old.Saga.Version, anew.Saga.Version);

        Assert.False(await _store.SaveAsync(old));

        Assert.Equal(2, (await _store.LoadAsync(_id)).Saga.TotalAmount);
    }

    [Fact]
    public async Task Should_save_the_others_of_a_batch_where_one_is_lost()
    {
        Guid[] ids = [_id, Guid.CreateVersion7(), Guid.CreateVersion7()];
        await _store.ChangeAsync(ids[1], tally => tally.TotalAmount = 1);
        var loaded = await _store.LoadAsync(ids, TestContext.Current.CancellationToken);
        await _store.ChangeAsync(ids[1], tally => tally.TotalAmount = 2);
        foreach (var stored in loaded)
        {
            stored.Saga.TotalAmount = 7;
        }

        Assert.Equal([ids[1]], await _store.SaveAsync(loaded));

        var saved = await _store.LoadAsync(ids, TestContext.Current.CancellationToken);
        Assert.Equal([7, 2, 7], ids.Select(id => saved.Single(stored => stored.Saga.CorrelationId == id).Saga.TotalAmount));
    }

    [Fact]
    public async Task Should_expire_when_its_state_says_so()
    {
        var store = redis.Store<Tally>(tally => TimeSpan.FromDays(tally.CurrentState == "Closed" ? 7 : 14));

        await store.ChangeAsync(_id, tally => tally.CurrentState = "Counting");
        var whileRunning = await DaysToLive();
        await store.ChangeAsync(_id, tally => tally.CurrentState = "Closed");

        Assert.Equal((14, 7), (whileRunning, await DaysToLive()));
    }

    [Fact]
    public async Task Should_start_its_expiry_anew_at_every_save()
    {
        await _store.ChangeAsync(_id, _ => { });
        await redis.Database.KeyExpireAsync(Key, TimeSpan.FromDays(1));

        await _store.ChangeAsync(_id, _ => { });

        Assert.Equal(7, await DaysToLive());
    }

    [Fact]
    public async Task Should_be_readable_by_an_operator()
    {
        await _store.ChangeAsync(_id, tally => (tally.CurrentState, tally.TotalAmount) = ("Đang đếm", 5));

        Assert.Matches(
            $$"""^1\.[0-9a-f]{16} \{"correlation_id":"{{_id}}","version":1,"current_state":"Đang đếm","total_amount":5\}$""",
            (string?)await redis.Database.StringGetAsync(Key));
    }

    [Fact]
    public async Task Should_skip_fields_that_it_does_not_know()
    {
        await redis.Database.StringSetAsync(
            Key, $$"""4.00000000000000ff {"correlation_id":"{{_id}}","from_the_future":[1],"total_amount":5}""");

        var loaded = await _store.LoadAsync(_id);

        Assert.Equal((5, 4, ""), (loaded.Saga.TotalAmount, loaded.Saga.Version, loaded.Saga.CurrentState));
        Assert.True(await _store.SaveAsync(loaded));
    }

    [Theory]
    [InlineData("")]
    [InlineData("no revision")]
    [InlineData("""{"a.b": "secret"}""")]
    [InlineData("""1.00000000000000ff {"total_amount":"secret"}""")]
    [InlineData("1.00000000000000ff null")]
    public async Task Should_start_anew_in_the_place_of_what_cannot_be_read(string value)
    {
        await redis.Database.StringSetAsync(Key, value);

        await AssertStartsAnewAsync();
    }

    [Fact]
    public async Task Should_start_anew_in_the_place_of_what_is_no_string()
    {
        await redis.Database.ListRightPushAsync(Key, "secret");

        await AssertStartsAnewAsync();
    }

    [Fact]
    public async Task Should_not_start_anew_over_what_another_has_begun_there()
    {
        await redis.Database.StringSetAsync(Key, "");
        var unreadable = await _store.LoadAsync(_id);
        await _store.ChangeAsync(_id, tally => tally.TotalAmount = 1);

        Assert.False(await _store.SaveAsync(unreadable));

        Assert.Equal(1, (await _store.LoadAsync(_id)).Saga.TotalAmount);
    }

    [Fact]
    public async Task Should_not_collide_with_another_type_of_the_same_id()
    {
        await _store.ChangeAsync(_id, tally => tally.TotalAmount = 5);

        await redis.Store<Receipt>().ChangeAsync(_id, receipt => receipt.Text = "thanks");

        Assert.Equal(5, (await _store.LoadAsync(_id)).Saga.TotalAmount);
        Assert.Equal("thanks", (await redis.Store<Receipt>().LoadAsync(_id)).Saga.Text);
    }

    /// <summary>It stands in nobody's way, and the log names it without its content.</summary>
    private async Task AssertStartsAnewAsync()
    {
        using var log = new LogLines();
        using var logging = LoggerFactory.Create(builder => builder.AddProvider(log));
        var store = redis.Store(logger: logging.CreateLogger<RedisSagaStore<Tally>>());
        var other = Guid.CreateVersion7();

        var loaded = await store.LoadAsync([_id, other], TestContext.Current.CancellationToken);
        foreach (var stored in loaded)
        {
            stored.Saga.TotalAmount++;
        }

        Assert.Empty(await store.SaveAsync(loaded));
        var saved = await store.LoadAsync([_id, other], TestContext.Current.CancellationToken);
        Assert.All(saved, stored => Assert.Equal((1, 1), (stored.Saga.Version, stored.Saga.TotalAmount)));
        Assert.Equal(7, await DaysToLive());
        Assert.Single(Regex.Matches(log.Text, Key.ToString()));
        Assert.DoesNotContain("secret", log.Text, StringComparison.Ordinal);
    }

    private async Task<int> DaysToLive() => (int)Math.Ceiling((await redis.Database.KeyTimeToLiveAsync(Key))!.Value.TotalDays);

    private sealed class Receipt : ISaga, ISagaVersion
    {
        public Guid CorrelationId { get; set; }

        public int Version { get; set; }

        public string Text { get; set; } = "";
    }
}
