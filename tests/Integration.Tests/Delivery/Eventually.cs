using Xunit;

namespace Gateway.Integration.Tests.Delivery;

/// <summary>Awaits what others do. The deadline is far longer than anything takes and matters only when it never happens.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(25);

    /// <summary>Reads again and again, where no event tells of a change, until what is read is as awaited.</summary>
    public static async Task<T> Read<T>(Func<CancellationToken, Task<T>> read, Func<T, bool> isAsAwaited, string awaited)
    {
        using var deadline = NewDeadline();
        using var timer = new PeriodicTimer(Pause, TimeProvider.System);
        while (true)
        {
            var value = await read(TestContext.Current.CancellationToken);
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
                Assert.Fail($"Not so after {Deadline}: {awaited}. The last that was read: {value}");
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
            throw new TimeoutException($"Did not come within {Deadline}: {awaited}");
        }
    }

    private static CancellationTokenSource NewDeadline()
    {
        var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(Deadline);
        return deadline;
    }
}
