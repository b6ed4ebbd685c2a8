using System.Collections;
using System.Diagnostics;
using Xunit;

namespace Gateway.Testing;

/// <summary>Awaits what others do. Nothing is asserted about how long it takes: the patience only ends a hopeless wait.</summary>
public static class Eventually
{
    /// <summary>Far more than anything here takes on a busy machine.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(180);

    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(25);

    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(200);

    /// <summary>
    /// Reads again and again, where no event tells of a change, until what is read is as awaited. What takes long is looked at less often:
    /// the servers have other work than the answers.
    /// </summary>
    public static Task<T> Read<T>(Func<Task<T>> read, Func<T, bool> isAsAwaited, string awaited) => Read(
        read, isAsAwaited, awaited, waited => TimeSpan.FromTicks(Math.Clamp(waited.Ticks / 20, ShortestPause.Ticks, LongestPause.Ticks)));

    /// <summary>The same for what does not last, or what must be known at once: reads as often after minutes as at first.</summary>
    public static Task<T> Catch<T>(Func<Task<T>> read, Func<T, bool> isAsAwaited, string awaited) => Read(read, isAsAwaited, awaited, _ => ShortestPause);

    private static async Task<T> Read<T>(Func<Task<T>> read, Func<T, bool> isAsAwaited, string awaited, Func<TimeSpan, TimeSpan> pauseAfter)
    {
        using var deadline = NewDeadline();
        var began = Stopwatch.GetTimestamp();
        while (true)
        {
            var value = await read();
            if (isAsAwaited(value))
            {
                return value;
            }

            try
            {
                await Task.Delay(pauseAfter(Stopwatch.GetElapsedTime(began)), TimeProvider.System, deadline.Token);
            }
            catch (OperationCanceledException) when (!TestContext.Current.CancellationToken.IsCancellationRequested)
            {
                Assert.Fail($"Not so after {Patience}: {awaited}. The last that was read: {Told(value)}");
            }
        }
    }

    /// <summary>Awaits an event.</summary>
    public static async Task<T> Comes<T>(Func<CancellationToken, ValueTask<T>> next, string awaited)
    {
        using var deadline = NewDeadline();
        try
        {
            return await next(deadline.Token);
        }
        catch (OperationCanceledException) when (!TestContext.Current.CancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"Did not come within {Patience}: {awaited}");
        }
    }

    private static string? Told<T>(T value) =>
        value is IEnumerable items and not string ? $"[{string.Join(", ", items.Cast<object?>())}]" : value?.ToString();

    private static CancellationTokenSource NewDeadline()
    {
        var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(Patience);
        return deadline;
    }
}
