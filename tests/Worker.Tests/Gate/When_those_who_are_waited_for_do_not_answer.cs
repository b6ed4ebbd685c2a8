using Gateway.Worker.Gate;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Worker.Tests.Gate;

/// <summary>A share of the slots is kept for those who answered lately. (docs/faults.md: B2)</summary>
public sealed class When_those_who_are_waited_for_do_not_answer
{
    private const int Slots = 8;

    private readonly FakeTimeProvider _time = new();
    private readonly WeightedGate _gate;

    public When_those_who_are_waited_for_do_not_answer() =>
        _gate = new WeightedGate(new GateOptions { Slots = Slots, Flows = [new("webhooks", 5), new("webhooks_retry", 3)] }, _time);

    [Fact]
    public async Task Should_have_half_of_the_slots_for_those_who_failed_and_three_quarters_with_those_nobody_knows()
    {
        Assert.Equal(4, Started(EnterMany(20, GateStanding.Failing)).Length);
        Assert.Equal(2, Started(EnterMany(20, GateStanding.Unknown)).Length);

        // The others have the rest, however many wait.
        var answering = EnterMany(3, GateStanding.Answering);
        Assert.Equal(2, Started(answering).Length);
        (await answering[0])!.Dispose();
        Assert.NotNull(await answering[2]);
    }

    [Theory]
    [InlineData(GateStanding.Answering, Slots)]
    [InlineData(GateStanding.Unknown, Slots * 3 / 4)]
    [InlineData(GateStanding.Failing, Slots / 2)]
    public void Should_have_so_many_slots_when_it_is_alone(GateStanding standing, int slots) =>
        Assert.Equal(slots, Started(EnterMany(20, standing)).Length);

    [Fact]
    public async Task Should_let_one_in_where_there_is_but_one_slot()
    {
        var gate = new WeightedGate(new GateOptions { Slots = 1, Flows = [new("webhooks", 5)] }, _time);

        Assert.NotNull(await gate.TryEnterAsync("webhooks", GateRank.Normal, GateStanding.Failing, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Should_send_away_whom_nothing_moves_for_and_those_who_come_after()
    {
        var inside = Started(EnterMany(4, GateStanding.Failing));
        var waiting = EnterMany(3, GateStanding.Failing);

        _time.Advance(WeightedGate.Patience - TimeSpan.FromMilliseconds(1));
        Assert.Empty(Started(waiting));
        Assert.All(waiting, entry => Assert.False(entry.IsCompleted));
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.All(await Task.WhenAll(waiting), Assert.Null);
        Assert.Equal(0, _gate.CountsOf("webhooks").Waiting);

        Assert.Null(await Enter(GateStanding.Failing));

        // One that ends makes room for one; only when a quarter of the part is free does anybody wait again.
        (await inside[0])!.Dispose();
        Assert.NotNull(await Enter(GateStanding.Failing));
        Assert.Null(await Enter(GateStanding.Failing));
        (await inside[1])!.Dispose();
        (await inside[2])!.Dispose();
        Assert.All(await Task.WhenAll(EnterMany(2, GateStanding.Failing)), Assert.NotNull);
        Assert.False(Enter(GateStanding.Failing).IsCompleted);
    }

    [Fact]
    public async Task Should_let_wait_whose_part_moves()
    {
        var inside = EnterMany(6, GateStanding.Unknown);
        var waiting = EnterMany(5, GateStanding.Unknown);

        // A third of them takes less than the patience: so they would be done in less than four times that, however many they are.
        (await inside[0])!.Dispose();
        (await inside[1])!.Dispose();
        _time.Advance(WeightedGate.Patience);
        Assert.All(await Task.WhenAll(waiting[..2]), Assert.NotNull);
        Assert.All(waiting[2..], entry => Assert.False(entry.IsCompleted));

        // One alone is but one of many that hang.
        (await inside[2])!.Dispose();
        _time.Advance(WeightedGate.Patience);
        Assert.NotNull(await waiting[2]);
        Assert.All(await Task.WhenAll(waiting[3..]), Assert.Null);
    }

    [Fact]
    public async Task Should_not_send_away_those_who_wait_because_everybody_is_busy()
    {
        var answering = EnterMany(Slots, GateStanding.Answering);
        var waiting = Enter(GateStanding.Unknown);

        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.False(waiting.IsCompleted);
        (await answering[0])!.Dispose();

        Assert.NotNull(await waiting);
    }

    [Fact]
    public async Task Should_not_hold_those_up_whom_nobody_knows_when_those_who_failed_hang()
    {
        var hanging = EnterMany(6, GateStanding.Failing);
        _time.Advance(WeightedGate.Patience);
        Assert.All(await Task.WhenAll(hanging[4..]), Assert.Null);

        for (var i = 0; i < 100; i++)
        {
            (await Enter(GateStanding.Unknown))!.Dispose();
        }
    }

    [Fact]
    public async Task Should_keep_its_books_while_a_flow_is_held()
    {
        var inside = EnterMany(4, GateStanding.Failing);
        var waiting = EnterMany(2, GateStanding.Failing);
        _gate.Hold("webhooks");
        (await inside[0])!.Dispose();
        Assert.Empty(Started(waiting));

        _gate.Release("webhooks");

        _ = Assert.Single(Started(waiting));
        Assert.Equal((1, 4), (_gate.CountsOf("webhooks").Waiting, _gate.CountsOf("webhooks").InFlight));
    }

    private Task<GateSlot?> Enter(GateStanding standing) =>
        _gate.TryEnterAsync("webhooks", GateRank.Normal, standing, TestContext.Current.CancellationToken).AsTask();

    private Task<GateSlot?>[] EnterMany(int count, GateStanding standing) => [.. Enumerable.Range(0, count).Select(_ => Enter(standing))];

    // Who has started is known when the tasks have ended, which may be a moment after the gate counts them.
    private Task<GateSlot?>[] Started(Task<GateSlot?>[] entries)
    {
        SpinWait.SpinUntil(() => entries.Count(entry => !entry.IsCompleted) <= _gate.CountsOf("webhooks").Waiting);
        return [.. entries.Where(entry => entry.IsCompletedSuccessfully)];
    }
}
