using CsCheck;
using Gateway.Worker.Gate;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Worker.Tests.Gate;

/// <summary>What trials found (docs/faults.md: A14).</summary>
public sealed class When_flows_share_a_gate
{
    private static readonly GateFlow[] Five = [new("webhooks", 5), new("periodic", 4), new("webhooks_retry", 3), new("monitoring", 2), new("reports", 1)];

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Should_divide_ten_thousand_starts_by_the_weights_while_every_flow_is_full()
    {
        const int Starts = 10_000;
        Gen.Int[1, 100].Sample(slots =>
        {
            var run = new GateRun(Gate(slots, Five), Five);
            run.Fill(slots + 1);

            // Which of those in flight ends next does not matter to who starts next. Who started is followed by another of its flow.
            while (run.Started < Starts)
            {
                run.EndOne(run.Started);
                run.Enter(run.LastStarted, GateRank.Normal);
            }

            foreach (var flow in Five)
            {
                var share = 100.0 * run.StartedOf(flow.Name) / run.Started;
                var wanted = 100.0 * flow.Weight / 15;
                Assert.InRange(share, wanted - 1, wanted + 1);
            }
        }, iter: 10);
    }

    [Fact]
    public void Should_keep_no_slot_idle_and_never_exceed_them_whatever_happens()
    {
        var step = Gen.Select(Gen.Int[0, 9], Gen.Int[0, 4], Gen.Int[0, 2], Gen.Int[0, 1000]);
        Gen.Select(Gen.Int[1, 8], step.Array[1, 400]).Sample((slots, steps) =>
        {
            var gate = Gate(slots, Five);
            var run = new GateRun(gate, Five);
            foreach (var (kind, flow, rank, which) in steps)
            {
                switch (kind)
                {
                    case <= 4:
                        run.Enter(Five[flow].Name, (GateRank)rank);
                        break;
                    case <= 6:
                        run.EndOne(which);
                        break;
                    case 7:
                        run.CancelOne(which);
                        break;
                    case 8:
                        run.Hold(Five[flow].Name);
                        break;
                    default:
                        run.Release(Five[flow].Name);
                        break;
                }

                Assert.True(run.InFlight <= slots, $"{run.InFlight} in flight at {slots} slots");
                Assert.True(run.InFlight == slots || run.WaitingThatMayStart == 0, "a slot is idle although something waits");
                Assert.All(Five, f => Assert.Equal(
                    (run.WaitingOf(f.Name), run.InFlightOf(f.Name)), (gate.CountsOf(f.Name).Waiting, gate.CountsOf(f.Name).InFlight)));
            }

            // Nothing is lost and nothing leaks: in the end everybody who did not give up has had a slot, and all are free.
            run.ReleaseAll();
            while (run.InFlight > 0)
            {
                run.EndOne(0);
            }

            Assert.Equal(0, run.Waiting);
            Assert.All(Five, f => Assert.Equal((0, 0), (gate.CountsOf(f.Name).Waiting, gate.CountsOf(f.Name).InFlight)));
        }, iter: 300);
    }

    [Fact]
    public void Should_start_those_of_one_flow_and_one_rank_in_the_order_in_which_they_came()
    {
        var run = new GateRun(Gate(1, Five), Five);
        run.Fill(20);

        while (run.InFlight > 0)
        {
            run.EndOne(0);
        }

        Assert.All(Five, flow => Assert.Equal(run.EnteredIn(flow.Name), run.StartedIn(flow.Name)));
    }

    [Fact]
    public void Should_start_higher_ranks_first_and_lower_ones_within_twice_the_aging()
    {
        var run = new GateRun(Gate(1, Five), Five);
        run.Enter("webhooks", GateRank.Normal);
        var low = run.Enter("webhooks", GateRank.Low);
        var normal = run.Enter("webhooks", GateRank.Normal);
        var high = run.Enter("webhooks", GateRank.High);

        run.EndOne(0);
        Assert.True(high.HasStarted);
        run.EndOne(0);
        Assert.True(normal.HasStarted);

        // It was overtaken by those who came up to two seconds after it, and is by none who came later.
        _time.Advance(TimeSpan.FromSeconds(1.9));
        var early = run.Enter("webhooks", GateRank.High);
        _time.Advance(TimeSpan.FromSeconds(0.2));
        var late = run.Enter("webhooks", GateRank.High);
        run.EndOne(0);
        Assert.True(early.HasStarted);
        run.EndOne(0);
        Assert.True(low.HasStarted);
        run.EndOne(0);
        Assert.True(late.HasStarted);
    }

    [Fact]
    public void Should_give_a_flow_that_was_idle_its_share_and_not_what_it_missed()
    {
        GateFlow[] two = [new("webhooks", 1), new("reports", 1)];
        var run = new GateRun(Gate(1, two), two);
        for (var i = 0; i < 1000; i++)
        {
            run.Enter("webhooks", GateRank.Normal);
        }

        for (var i = 0; i < 500; i++)
        {
            run.EndOne(0);
        }

        for (var i = 0; i < 100; i++)
        {
            run.Enter("reports", GateRank.Normal);
        }

        var before = run.StartedOf("webhooks");
        for (var i = 0; i < 100; i++)
        {
            run.EndOne(0);
        }

        Assert.InRange(run.StartedOf("reports"), 49, 51);
        Assert.InRange(run.StartedOf("webhooks") - before, 49, 51);
    }

    [Fact]
    public void Should_give_one_flow_every_slot_when_it_is_alone()
    {
        var run = new GateRun(Gate(64, Five), Five);
        for (var i = 0; i < 100; i++)
        {
            run.Enter("reports", GateRank.Normal);
        }

        Assert.Equal(64, run.InFlightOf("reports"));
    }

    [Fact]
    public void Should_start_the_heaviest_flow_as_long_as_it_has_anything_when_the_order_is_strict()
    {
        var run = new GateRun(new WeightedGate(new GateOptions { Slots = 1, Flows = Five, IsStrict = true }, _time), Five);
        run.Fill(10);
        while (run.InFlight > 0)
        {
            run.EndOne(0);
        }

        // The first came while nobody else was there.
        Assert.Equal(Five.SelectMany(flow => Enumerable.Repeat(flow.Name, 10)), run.StartOrder);
    }

    /// <summary>Else the broker takes the channel from a queue that gets no turn.</summary>
    [Fact]
    public void Should_start_what_has_waited_for_too_long_before_anything_heavier()
    {
        var run = new GateRun(new WeightedGate(new GateOptions { Slots = 1, Flows = Five, IsStrict = true, LongestWait = TimeSpan.FromMinutes(10) }, _time), Five);
        run.Enter("webhooks", GateRank.Normal);
        run.Enter("reports", GateRank.Low);
        _time.Advance(TimeSpan.FromMinutes(1));
        run.Enter("monitoring", GateRank.Low);
        _time.Advance(TimeSpan.FromMinutes(1));
        for (var i = 0; i < 20; i++)
        {
            run.Enter("webhooks", GateRank.High);
        }

        StartNext();
        _time.Advance(TimeSpan.FromMinutes(8));
        StartNext();
        StartNext();
        _time.Advance(TimeSpan.FromMinutes(1));
        StartNext();
        StartNext();
        Assert.Equal(["webhooks", "webhooks", "reports", "webhooks", "monitoring", "webhooks"], run.StartOrder);

        void StartNext() => run.EndOne(0);
    }

    [Fact]
    public async Task Should_give_back_a_slot_once()
    {
        var gate = Gate(1, Five);
        var slot = await gate.EnterAsync("webhooks", GateRank.Normal, TestContext.Current.CancellationToken);
        slot.Dispose();
        slot.Dispose();

        await gate.EnterAsync("webhooks", GateRank.Normal, TestContext.Current.CancellationToken);
        var next = gate.EnterAsync("webhooks", GateRank.Normal, TestContext.Current.CancellationToken).AsTask();
        Assert.False(next.IsCompleted);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    [InlineData(1, 1001)]
    public void Should_refuse_what_no_gate_can_be_made_of(int slots, int weight) =>
        Assert.Throws<ArgumentException>(() => Gate(slots, [new GateFlow("webhooks", weight)]));

    private WeightedGate Gate(int slots, GateFlow[] flows) => new(new GateOptions { Slots = slots, Flows = flows }, _time);
}
