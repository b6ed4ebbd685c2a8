using Gateway.Worker.Bus;
using Gateway.Worker.Gate;
using Xunit;

namespace Gateway.Worker.Tests.Bus;

/// <summary>What is in hand is bounded by its bytes, not by its number alone. (docs/faults.md: B1)</summary>
public sealed class When_large_messages_are_worked_on : IDisposable
{
    private const int Megabyte = 1024 * 1024;

    private readonly ByteBudget _budget = new(4 * Megabyte);

    [Fact]
    public async Task Should_let_the_next_wait_until_there_is_room_and_the_first_to_come_go_first()
    {
        var first = await TakeAsync(3 * Megabyte);
        var second = TakeAsync(2 * Megabyte);
        var third = TakeAsync(1 * Megabyte);
        Assert.False(second.IsCompleted);
        Assert.False(third.IsCompleted);

        first.Dispose();

        Assert.True((await second).IsAcquired);
        Assert.True((await third).IsAcquired);
    }

    [Fact]
    public async Task Should_work_alone_on_one_that_is_larger_than_all_there_is()
    {
        var small = await TakeAsync(Megabyte);
        var huge = TakeAsync(100 * Megabyte);
        Assert.False(huge.IsCompleted);

        small.Dispose();

        Assert.True((await huge).IsAcquired);
        Assert.False(TakeAsync(1).IsCompleted);
    }

    [Fact]
    public async Task Should_end_the_wait_of_one_whose_channel_has_closed()
    {
        using var closed = new CancellationTokenSource();
        using var all = await TakeAsync(4 * Megabyte);
        var waiting = _budget.TakeAsync(Megabyte, closed.Token).AsTask();

        await closed.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    [Theory]
    [InlineData(64, 256 * 1024, 384, 192)]
    [InlineData(64, 1024 * 1024, 384, 48)]
    [InlineData(64, 16 * 1024 * 1024, 384, 16)]
    [InlineData(64, 1024 * 1024, 16 * 1024, 192)]
    public void Should_take_so_many_from_the_broker_that_the_largest_have_room(int slots, int largestMessage, int megabytes, int prefetch) =>
        Assert.Equal(prefetch, GateSetup.PrefetchFor(slots, largestMessage, megabytes * (long)Megabyte));

    public void Dispose() => _budget.Dispose();

    private Task<System.Threading.RateLimiting.RateLimitLease> TakeAsync(int bytes) =>
        _budget.TakeAsync(bytes, TestContext.Current.CancellationToken).AsTask();
}
