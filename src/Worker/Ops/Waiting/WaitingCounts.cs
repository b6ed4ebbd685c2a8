using Gateway.Persistence.Waiting;

namespace Gateway.Worker.Ops.Waiting;

/// <summary>
/// The figures of the waiting room, which are counted from all its rows. Whoever asks soon after another gets the same ones: they are good
/// for twenty times as long as it took to count them, and for five seconds at most.
/// </summary>
public sealed class WaitingCounts(WaitingList waiting, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan LongestUse = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _counting = new(1);
    private (WaitingFigures Figures, long CountedAt, TimeSpan GoodFor)? _latest;

    /// <summary>The figures, at most five seconds old.</summary>
    public async Task<WaitingFigures> ReadAsync(CancellationToken cancellationToken)
    {
        await _counting.WaitAsync(cancellationToken);
        try
        {
            if (_latest is { } latest && time.GetElapsedTime(latest.CountedAt) < latest.GoodFor)
            {
                return latest.Figures;
            }

            var began = time.GetTimestamp();
            var figures = await waiting.ReadFiguresAsync(cancellationToken);
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
    public void Dispose() => _counting.Dispose();
}
