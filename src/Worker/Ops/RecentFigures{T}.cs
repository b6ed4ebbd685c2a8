namespace Gateway.Worker.Ops;

/// <summary>
/// Figures that are counted from all rows of a table. Whoever asks soon after another gets the same ones: they are good for twenty times
/// as long as it took to count them, and for fifteen seconds at most.
/// </summary>
/// <param name="count">Counts them.</param>
/// <param name="time">The clock.</param>
public abstract class RecentFigures<T>(Func<CancellationToken, Task<T>> count, TimeProvider time) : IDisposable
    where T : class
{
    // 300,000 that wait take half a second of a processor: counted every five seconds, a tenth of one while somebody looks.
    private static readonly TimeSpan LongestUse = TimeSpan.FromSeconds(15);

    private readonly SemaphoreSlim _counting = new(1);
    private (T Figures, long CountedAt, TimeSpan GoodFor)? _latest;

    /// <summary>The figures, at most fifteen seconds old.</summary>
    public async Task<T> ReadAsync(CancellationToken cancellationToken)
    {
        await _counting.WaitAsync(cancellationToken);
        try
        {
            if (_latest is { } latest && time.GetElapsedTime(latest.CountedAt) < latest.GoodFor)
            {
                return latest.Figures;
            }

            var began = time.GetTimestamp();
            var figures = await count(cancellationToken);
            var goodFor = time.GetElapsedTime(began) * 20;
            _latest = (figures, time.GetTimestamp(), goodFor < LongestUse ? goodFor : LongestUse);
            return figures;
        }
        finally
        {
            _counting.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _counting.Dispose();
        GC.SuppressFinalize(this);
    }
}
