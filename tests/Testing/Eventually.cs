using System.Collections;
using Xunit;

namespace Gateway.Testing;

/// <summary>Awaits what others do. Nothing is asserted about how long it takes: the patience only ends a hopeless wait.</summary>
public static class Eventually
{
    /// <summary>Far more than anything here takes on a busy machine.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(180);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(25);

    /// <summary>Reads again and again, where no event tells of a change, until what is read is as awaited.</summary>
    public static async Task<T> Read<T>(Func<Task<T>> read, Func<T, bool> isAsAwaited, string awaited)
    {
        using var deadline = NewDeadline();
        using var timer = new PeriodicTimer(Pause, TimeProvider.System);
        while (true)
        {
            var value = await read();
            if (isAsAwaited(value))
            {
                return value;
            }

            try
            {
                await timer.WaitForNextTickAsync(deadline.Token);
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
