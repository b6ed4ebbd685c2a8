using Gateway.Persistence;

namespace Gateway.Worker.Ops;

/// <summary>
/// Figures that are counted from all rows of a table. Whoever asks soon after another gets the same ones: they are good for twenty times
/// as long as it took to count them, and for fifteen seconds at most. Where counting takes long, whoever asks after that still gets them,
/// up to a minute old, while they are counted anew: nobody waits.
/// </summary>
/// <param name="count">Counts them.</param>
/// <param name="time">The clock.</param>
public abstract class RecentFigures<T>(Func<CancellationToken, Task<T>> count, TimeProvider time) : IDisposable
    where T : class
{
    // 300,000 that wait take half a second of a processor: counted every five seconds, a tenth of one while somebody looks.
    private static readonly TimeSpan LongestUse = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestShown = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim _counting = new(1);
    private readonly CancellationTokenSource _disposed = new();
    private volatile Counted? _latest;

    /// <summary>The figures.</summary>
    public async Task<T> ReadAsync(CancellationToken cancellationToken)
    {
        if (_latest is { } latest)
        {
            var age = time.GetElapsedTime(latest.At);
            if (age < latest.GoodFor)
            {
                return latest.Figures;
            }

            if (latest.Took > LongestWait && age < LongestShown)
            {
                _ = Task.Run(() => CountBehindAsync(latest), CancellationToken.None);
                return latest.Figures;
            }
        }

        return await ReadFreshAsync(cancellationToken);
    }

    /// <summary>The figures, however long it takes to count them: for whoever asks less often the longer it takes.</summary>
    public async Task<T> ReadFreshAsync(CancellationToken cancellationToken)
    {
        await _counting.WaitAsync(cancellationToken);
        try
        {
            return _latest is { } another && time.GetElapsedTime(another.At) < another.GoodFor
                ? another.Figures
                : await CountAsync(cancellationToken);
        }
        finally
        {
            _counting.Release();
        }
    }

    /// <summary>Lets the next who asks wait for new figures: something was changed by hand, and whoever did it looks for that.</summary>
    public void Forget() => _latest = null;

    /// <inheritdoc/>
    public void Dispose()
    {
        _disposed.Cancel();
        _disposed.Dispose();
        GC.SuppressFinalize(this);
    }

    private async Task CountBehindAsync(Counted known)
    {
        if (!await _counting.WaitAsync(TimeSpan.Zero))
        {
            return;
        }

        try
        {
            if (ReferenceEquals(_latest, known))
            {
                await CountAsync(_disposed.Token);
            }
        }
        catch (Exception exception) when (_disposed.IsCancellationRequested || DatabaseFailure.MayBeCauseOf(exception))
        {
            // Whoever asks when these are too old is told.
        }
        finally
        {
            _counting.Release();
        }
    }

    private async Task<T> CountAsync(CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        var figures = await count(cancellationToken);
        var took = time.GetElapsedTime(began);
        var goodFor = took * 20;
        _latest = new Counted(figures, time.GetTimestamp(), took, goodFor < LongestUse ? goodFor : LongestUse);
        return figures;
    }

    private sealed record Counted(T Figures, long At, TimeSpan Took, TimeSpan GoodFor);
}
