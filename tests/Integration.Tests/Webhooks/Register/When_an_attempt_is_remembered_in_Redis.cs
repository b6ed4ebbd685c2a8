using Gateway.Persistence;
using Gateway.Persistence.Webhooks;
using Gateway.Testing.Servers;
using Gateway.Worker.Webhooks.Attempts;
using Gateway.Worker.Webhooks.Register;
using Gateway.Worker.Webhooks.Sending;
using StackExchange.Redis;
using Xunit;

namespace Gateway.Integration.Tests.Webhooks.Register;

/// <summary>What trials found (docs/faults.md: D7).</summary>
public sealed class When_an_attempt_is_remembered_in_Redis(TestServers servers) : IAsyncLifetime
{
    private readonly DeliveryKey _id = new(Guid.CreateVersion7(), Guid.CreateVersion7());
    private readonly Guid _messageId = Guid.CreateVersion7();
    private RedisDatabase _database = null!;
    private ConnectionMultiplexer _redis = null!;
    private RedisDeliveryRegister _register = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await servers.Redis.CreateDatabaseAsync();
        _redis = await ConnectionMultiplexer.ConnectAsync(_database.ConnectionString);
        _register = new RedisDeliveryRegister(new RedisConnection(_redis), new SendingOptions(), TimeProvider.System);
    }

    public async ValueTask DisposeAsync()
    {
        await _redis.DisposeAsync();
        _database.Dispose();
    }

    /// <summary>Only its arrival gave it a time, and each time the broker hands it out it arrives later.</summary>
    [Fact]
    public async Task Should_tell_whoever_makes_it_again_the_time_that_was_told()
    {
        var first = new DateTime(2026, 1, 31, 8, 0, 0, DateTimeKind.Utc);
        var claimant = new Claimant(1, Guid.CreateVersion7());
        await _register.ClaimAsync(_id, claimant with { OccurredAt = first }, mayBeRepeated: false);

        foreach (var minutes in new[] { 1, 2 })
        {
            var again = await _register.ClaimAsync(_id, claimant with { OccurredAt = first.AddMinutes(minutes) }, mayBeRepeated: true);
            Assert.Equal((true, first), (again is Claim.Free, again.OccurredAt));
        }
    }

    [Fact]
    public async Task Should_give_a_first_attempt_to_one_of_many()
    {
        var claims = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => _register.ClaimAsync(_id, Of(attempt: 1), mayBeRepeated: false)));

        Assert.Single(claims, new Claim.Free());
        Assert.Equal(49, claims.Count(claim => claim is Claim.HeldByOther));
    }

    [Fact]
    public async Task Should_give_a_retry_to_one_of_many()
    {
        _register.Remember(_id, Mark(AttemptOutcome.Status, attempt: 1));

        var claims = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => _register.ClaimAsync(_id, Of(attempt: 2), mayBeRepeated: false)));

        Assert.Single(claims, new Claim.Free());
        Assert.Equal(49, claims.Count(claim => claim is Claim.HeldByOther));
    }

    [Fact]
    public async Task Should_know_a_success_for_a_day_and_a_failure_for_an_hour()
    {
        var other = _id with { MerchantId = Guid.CreateVersion7() };
        var (delivered, failed) = (Mark(AttemptOutcome.Succeeded, attempt: 1), Mark(AttemptOutcome.Status, attempt: 1));
        _register.Remember(_id, delivered);
        _register.Remember(other, failed);

        Assert.Equal(new Claim.Made(delivered), await _register.ClaimAsync(_id, Of(attempt: 1), mayBeRepeated: false));
        Assert.Equal(new Claim.Made(failed), await _register.ClaimAsync(other, Of(attempt: 1), mayBeRepeated: true));
        Assert.InRange(await LifeOf(_id), TimeSpan.FromHours(23), TimeSpan.FromHours(24));
        Assert.InRange(await LifeOf(other), TimeSpan.FromMinutes(50), TimeSpan.FromHours(1));
    }

    [Fact]
    public async Task Should_let_a_redelivered_message_take_over_a_claim_and_nobody_else()
    {
        await _register.ClaimAsync(_id, Of(attempt: 1), mayBeRepeated: false);

        Assert.Equal(new Claim.HeldByOther(), await _register.ClaimAsync(_id, Of(attempt: 1), mayBeRepeated: false));
        Assert.Equal(new Claim.HeldByOther(), await _register.ClaimAsync(_id, new Claimant(1, Guid.CreateVersion7()), mayBeRepeated: true));
        Assert.Equal(new Claim.Free(), await _register.ClaimAsync(_id, Of(attempt: 1), mayBeRepeated: true));
        Assert.Equal(new Claim.Free(), await _register.ClaimAsync(_id, new Claimant(1, MessageId: null), mayBeRepeated: true));
    }

    [Fact]
    public async Task Should_free_what_was_broken_off_and_nothing_else()
    {
        var other = new Claimant(1, Guid.CreateVersion7());
        await _register.ClaimAsync(_id, Of(attempt: 1), mayBeRepeated: false);

        _register.GiveUp(_id, other);
        Assert.Equal(new Claim.HeldByOther(), await _register.ClaimAsync(_id, other, mayBeRepeated: true));
        _register.GiveUp(_id, Of(attempt: 1));
        Assert.Equal(new Claim.Free(), await _register.ClaimAsync(_id, other, mayBeRepeated: true));

        var mark = Mark(AttemptOutcome.Succeeded, attempt: 1);
        _register.Remember(_id, mark);
        _register.GiveUp(_id, other);
        Assert.Equal(new Claim.Made(mark), await _register.ClaimAsync(_id, Of(attempt: 1), mayBeRepeated: false));
    }

    [Fact]
    public async Task Should_know_whose_claim_it_is()
    {
        _register.Remember(_id, Mark(AttemptOutcome.Status, attempt: 1));
        await _register.ClaimAsync(_id, Of(attempt: 2), mayBeRepeated: false);

        Assert.Equal(new Claim.Past(), await _register.ClaimAsync(_id, Of(attempt: 1), mayBeRepeated: true));
        Assert.Equal(new Claim.HeldByOther(), await _register.ClaimAsync(_id, Of(attempt: 1), mayBeRepeated: false));
        Assert.Equal(new Claim.Free(), await _register.ClaimAsync(_id, Of(attempt: 2), mayBeRepeated: true));
        Assert.Equal(new Claim.Free(), await _register.ClaimAsync(_id, Of(attempt: 3), mayBeRepeated: true));
    }

    [Fact]
    public async Task Should_forget_a_failure_and_neither_a_success_nor_an_attempt_that_is_being_made()
    {
        await _register.ClaimAsync(_id, Of(attempt: 1), mayBeRepeated: false);
        await _register.ForgetAsync(_id, evenDelivered: false);
        Assert.Equal(new Claim.HeldByOther(), await _register.ClaimAsync(_id, Of(attempt: 1), mayBeRepeated: false));

        _register.Remember(_id, Mark(AttemptOutcome.Status, attempt: 1));
        await _register.ForgetAsync(_id, evenDelivered: false);
        Assert.Equal(new Claim.Free(), await _register.ClaimAsync(_id, Of(attempt: 1), mayBeRepeated: true));

        _register.Remember(_id, Mark(AttemptOutcome.Succeeded, attempt: 1));
        await _register.ForgetAsync(_id, evenDelivered: false);
        Assert.IsType<Claim.Made>(await _register.ClaimAsync(_id, Of(attempt: 1), mayBeRepeated: false));
    }

    private Claimant Of(int attempt) => new(attempt, _messageId);

    private async Task<TimeSpan> LifeOf(DeliveryKey key) =>
        (await _redis.GetDatabase().KeyTimeToLiveAsync($"gateway:delivery:{key.DeliveryId:N}:{key.MerchantId:N}"))!.Value;

    private static AttemptRecord Mark(AttemptOutcome outcome, int attempt) => new(
        attempt,
        Guid.CreateVersion7(),
        new DateTime(2026, 2, 28, 23, 59, 59, DateTimeKind.Utc),
        new AttemptResult { Outcome = outcome, StatusCode = 200, Duration = TimeSpan.FromMilliseconds(7) });
}
