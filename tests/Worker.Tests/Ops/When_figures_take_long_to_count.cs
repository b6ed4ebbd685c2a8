using Gateway.Testing;
using Gateway.Worker.Ops;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Worker.Tests.Ops;

public sealed class When_figures_take_long_to_count
{
    private readonly FakeTimeProvider _time = new();
    private TimeSpan _takes = TimeSpan.FromSeconds(1);
    private TaskCompletionSource? _hold;
    private int _counted;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_show_the_last_ones_while_they_are_counted_anew()
    {
        using var figures = new Counter(CountAsync, _time);
        Assert.Equal("1", await figures.ReadAsync(Cancellation));
        _hold = new TaskCompletionSource();
        _time.Advance(TimeSpan.FromSeconds(20));

        Assert.Equal("1", await figures.ReadAsync(Cancellation));
        Assert.Equal("1", await figures.ReadAsync(Cancellation));
        _hold.SetResult();

        await Eventually.Read(() => figures.ReadAsync(Cancellation), shown => shown == "2", "The new ones");
        Assert.Equal(2, _counted);
    }

    [Fact]
    public async Task Should_wait_for_new_ones_where_the_last_are_too_old_or_counting_is_quick()
    {
        using var figures = new Counter(CountAsync, _time);
        Assert.Equal("1", await figures.ReadAsync(Cancellation));
        _time.Advance(TimeSpan.FromSeconds(61));
        _takes = TimeSpan.FromMilliseconds(50);
        Assert.Equal("2", await figures.ReadAsync(Cancellation));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("3", await figures.ReadAsync(Cancellation));
        Assert.Equal("3", await figures.ReadAsync(Cancellation));
    }

    private async Task<string> CountAsync(CancellationToken cancellationToken)
    {
        var number = ++_counted;
        if (_hold is { } hold)
        {
            await hold.Task;
        }

        _time.Advance(_takes);
        return $"{number}";
    }

    private sealed class Counter(Func<CancellationToken, Task<string>> count, TimeProvider time) : RecentFigures<string>(count, time);
}
