using Gateway.Worker.Ops.Wallets;
using Xunit;

namespace Gateway.Worker.Tests.Ops.Wallets;

public sealed class When_a_balance_is_drawn
{
    private static readonly DateTime Start = new(2026, 1, 31, 0, 0, 0, DateTimeKind.Utc);

    [Fact]
    public void Should_keep_a_dip_between_many_readings()
    {
        var readings = Enumerable.Range(0, 10_000).Select(n => (Start.AddMinutes(n), n == 4_321 ? 12.5m : 5_000m));

        var points = BalanceCurve.Downsample(readings, Start, Start.AddMinutes(10_000));

        Assert.InRange(points.Count, 250, BalanceCurve.MostPoints + 1);
        Assert.Equal((12.5m, 5_000m), (points.Min(point => point.LowestUsd), points.Max(point => point.HighestUsd)));
        Assert.Equal(Start.AddMinutes(9_999), points[^1].At);
    }

    [Fact]
    public void Should_end_a_span_with_the_next_reading()
    {
        var spans = BalanceCurve.FindUnreadable([At(0), At(30), At(60)], [Failure(10), Failure(15), Failure(40)], unreadableSince: null);

        Assert.Equal([new UnreadableSpan(At(10), At(30)), new UnreadableSpan(At(40), At(60))], spans);
    }

    // Of two wallets one was read.
    [Fact]
    public void Should_not_take_a_failure_of_another_wallet_for_its_own()
    {
        Assert.Empty(BalanceCurve.FindUnreadable([At(10).AddSeconds(1)], [Failure(10)], unreadableSince: null));
    }

    [Fact]
    public void Should_leave_a_span_open_while_it_lasts()
    {
        Assert.Equal([new UnreadableSpan(At(10), null)], BalanceCurve.FindUnreadable([At(0)], [Failure(10), Failure(15)], At(10)));
        Assert.Equal([new UnreadableSpan(At(5), null)], BalanceCurve.FindUnreadable([At(0)], [], At(5)));
    }

    private static DateTime At(int minutes) => Start.AddMinutes(minutes);

    private static (DateTime From, DateTime To) Failure(int minutes) => (At(minutes), At(minutes).AddSeconds(2));
}
