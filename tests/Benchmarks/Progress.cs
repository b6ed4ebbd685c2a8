namespace Gateway.Benchmarks;

/// <summary>Waits until as much is done as is expected, and no longer than something is still being done.</summary>
internal static class Progress
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <summary>Asks for the count again and again until it has reached what is expected.</summary>
    /// <returns>The count then, which may be more.</returns>
    /// <exception cref="TimeoutException">The count has not grown for a minute.</exception>
    public static async Task<long> WaitUntilAsync(
        Func<CancellationToken, Task<long>> count, long expected, string what, TimeSpan interval, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(interval);
        var best = long.MinValue;
        var progress = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var now = await count(cancellationToken);
            if (now >= expected)
            {
                return now;
            }

            if (now > best)
            {
                (best, progress) = (now, TimeProvider.System.GetTimestamp());
            }
            else if (TimeProvider.System.GetElapsedTime(progress) > Patience)
            {
                throw new TimeoutException($"{now} of {expected} deliveries were {what}, and none for {Patience.TotalSeconds} s.");
            }

            await timer.WaitForNextTickAsync(cancellationToken);
        }
    }
}
