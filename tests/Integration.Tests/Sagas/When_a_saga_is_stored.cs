using Gateway.Persistence.Sagas;
using MassTransit;
using StackExchange.Redis;
using Xunit;

namespace Gateway.Integration.Tests.Sagas;

public sealed class When_a_saga_is_stored(SagaRedis redis) : IClassFixture<SagaRedis>
{
    private readonly Guid _id = Guid.CreateVersion7();

    private RedisKey Key => $"saga:tally:{_id}";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_load_what_was_inserted()
    {
        await redis.Tallies().TryInsert(new Tally { CorrelationId = _id, CurrentState = "Counting", TotalAmount = 5 });

        var loaded = await Load();

        var saga = loaded.Saga;
        Assert.Equal((_id, "Counting", 5, 1), (saga.CorrelationId, saga.CurrentState, saga.TotalAmount, saga.Version));
    }

    [Fact]
    public async Task Should_find_nothing_under_an_id_that_was_never_saved() =>
        Assert.Null(await redis.Tallies().Load(_id, Token));

    [Fact]
    public async Task Should_count_every_save_as_a_version()
    {
        var inserted = await Insert();

        var updated = await redis.Tallies().TryUpdate(new Tally { CorrelationId = _id, TotalAmount = 6 }, inserted);

        var loaded = await Load();
        Assert.Equal((updated, 2, 6), (loaded.Revision, loaded.Saga.Version, loaded.Saga.TotalAmount));
    }

    [Fact]
    public async Task Should_not_insert_over_an_instance()
    {
        await Insert(total: 1);

        Assert.Null(await redis.Tallies().TryInsert(new Tally { CorrelationId = _id, TotalAmount = 2 }));

        Assert.Equal(1, (await Load()).Saga.TotalAmount);
    }

    [Fact]
    public async Task Should_not_update_from_an_old_version()
    {
        var old = await Insert(total: 1);
        await redis.Tallies().TryUpdate(new Tally { CorrelationId = _id, TotalAmount = 2 }, old);

        Assert.Null(await redis.Tallies().TryUpdate(new Tally { CorrelationId = _id, TotalAmount = 3 }, old));

        Assert.Equal(2, (await Load()).Saga.TotalAmount);
    }

    [Fact]
    public async Task Should_not_take_version_10_for_version_1()
    {
        var first = await Insert();
        var revision = first;
        while (revision.Version < 10)
            revision = (await redis.Tallies().TryUpdate(new Tally { CorrelationId = _id }, revision))!.Value;

        Assert.Null(await redis.Tallies().TryUpdate(new Tally { CorrelationId = _id }, first));
    }

    [Fact]
    public async Task Should_not_update_what_is_gone()
    {
        var inserted = await Insert();
        await redis.Database.KeyDeleteAsync(Key);

        Assert.Null(await redis.Tallies().TryUpdate(new Tally { CorrelationId = _id }, inserted));

        Assert.False(await redis.Database.KeyExistsAsync(Key));
    }

    [Fact]
    public async Task Should_not_let_the_old_instance_overwrite_a_new_one_of_the_same_id()
    {
        var old = await Insert(total: 1);
        await redis.Database.KeyDeleteAsync(Key);
        var anew = await Insert(total: 2);

        Assert.Equal(old.Version, anew.Version);
        Assert.Null(await redis.Tallies().TryUpdate(new Tally { CorrelationId = _id, TotalAmount = 3 }, old));
        Assert.False(await redis.Tallies().TryDelete(_id, old));
        Assert.Equal(2, (await Load()).Saga.TotalAmount);
    }

    [Fact]
    public async Task Should_delete_only_the_version_that_was_loaded()
    {
        var old = await Insert();
        var current = await redis.Tallies().TryUpdate(new Tally { CorrelationId = _id }, old);

        Assert.False(await redis.Tallies().TryDelete(_id, old));
        Assert.True(await redis.Database.KeyExistsAsync(Key));
        Assert.True(await redis.Tallies().TryDelete(_id, current!.Value));
        Assert.False(await redis.Database.KeyExistsAsync(Key));
    }

    [Fact]
    public async Task Should_expire_when_its_state_says_so()
    {
        var store = redis.Store<Tally>(new() { ExpiresIn = tally => TimeSpan.FromDays(tally.CurrentState == "Closed" ? 7 : 14) });

        var inserted = await store.TryInsert(new Tally { CorrelationId = _id, CurrentState = "Counting" });
        var whileRunning = await DaysToLive();
        await store.TryUpdate(new Tally { CorrelationId = _id, CurrentState = "Closed" }, inserted!.Value);

        Assert.Equal((14, 7), (whileRunning, await DaysToLive()));
    }

    [Fact]
    public async Task Should_start_its_expiry_anew_at_every_save()
    {
        var inserted = await redis.Tallies(TimeSpan.FromDays(7)).TryInsert(new Tally { CorrelationId = _id });
        await redis.Database.KeyExpireAsync(Key, TimeSpan.FromDays(1));

        await redis.Tallies(TimeSpan.FromDays(7)).TryUpdate(new Tally { CorrelationId = _id }, inserted!.Value);

        Assert.Equal(7, await DaysToLive());
    }

    [Fact]
    public async Task Should_stay_when_it_does_not_expire()
    {
        var inserted = await redis.Tallies(TimeSpan.FromDays(7)).TryInsert(new Tally { CorrelationId = _id });

        await redis.Tallies(expiresIn: null).TryUpdate(new Tally { CorrelationId = _id }, inserted!.Value);

        Assert.Null(await redis.Database.KeyTimeToLiveAsync(Key));
        Assert.True(await redis.Database.KeyExistsAsync(Key));
    }

    [Fact]
    public async Task Should_refuse_to_expire_in_no_time()
    {
        var error = await Assert.ThrowsAsync<InvalidOperationException>(
            () => redis.Tallies(TimeSpan.Zero).TryInsert(new Tally { CorrelationId = _id }));

        Assert.Contains("ExpiresIn", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_be_readable_by_an_operator()
    {
        await redis.Tallies().TryInsert(new Tally { CorrelationId = _id, CurrentState = "Đang đếm", TotalAmount = 5 });

        Assert.Matches(
            $$"""^1\.[0-9a-f]{16} \{"correlation_id":"{{_id}}","version":1,"current_state":"Đang đếm","total_amount":5\}$""",
            (string?)await redis.Database.StringGetAsync(Key));
    }

    [Fact]
    public async Task Should_skip_fields_that_it_does_not_know()
    {
        await redis.Database.StringSetAsync(
            Key, $$"""4.00000000000000ff {"correlation_id":"{{_id}}","from_the_future":[1],"total_amount":5}""");

        var loaded = await Load();

        Assert.Equal((5, 4, ""), (loaded.Saga.TotalAmount, loaded.Saga.Version, loaded.Saga.CurrentState));
        Assert.NotNull(await redis.Tallies().TryUpdate(loaded.Saga, loaded.Revision));
    }

    [Theory]
    [InlineData("")]
    [InlineData("no revision")]
    [InlineData("""{"a.b": "secret"}""")]
    [InlineData("""1.00000000000000ff {"total_amount":"secret"}""")]
    [InlineData("1.00000000000000ff null")]
    public async Task Should_say_what_cannot_be_read_but_not_its_content(string value)
    {
        await redis.Database.StringSetAsync(Key, value);

        var error = await Assert.ThrowsAsync<SagaException>(() => redis.Tallies().Load(_id, Token));

        Assert.Contains(Key.ToString(), error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_not_collide_with_another_type_of_the_same_id()
    {
        var receipts = redis.Store<Receipt>(new() { ExpiresIn = _ => null });
        await Insert(total: 5);

        Assert.NotNull(await receipts.TryInsert(new Receipt { CorrelationId = _id, Text = "thanks" }));

        Assert.Equal(5, (await Load()).Saga.TotalAmount);
        Assert.Equal("thanks", (await receipts.Load(_id, Token))!.Value.Saga.Text);
    }

    [Fact]
    public async Task Should_keep_to_the_prefix_and_database_that_it_was_given()
    {
        var store = redis.Store<Tally>(new() { ExpiresIn = _ => TimeSpan.FromMinutes(1), KeyPrefix = "elsewhere/", Database = 8 });

        await store.TryInsert(new Tally { CorrelationId = _id });

        Assert.True(await redis.Connection.GetDatabase(8).KeyDeleteAsync($"elsewhere/{_id}"));
    }

    private async Task<Revision> Insert(int total = 0)
    {
        var inserted = await redis.Tallies().TryInsert(new Tally { CorrelationId = _id, TotalAmount = total });
        return inserted!.Value;
    }

    private async Task<StoredSaga<Tally>> Load() => (await redis.Tallies().Load(_id, Token))!.Value;

    private async Task<int> DaysToLive() => (int)Math.Ceiling((await redis.Database.KeyTimeToLiveAsync(Key))!.Value.TotalDays);

    private sealed class Receipt : ISagaVersion
    {
        public Guid CorrelationId { get; set; }

        public int Version { get; set; }

        public string Text { get; set; } = "";
    }
}
