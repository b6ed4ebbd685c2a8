using System.Diagnostics.Metrics;

namespace Gateway.Worker.Telemetry.Polling;

/// <summary>
/// Figures that somebody else has to be asked for: asked for at intervals, and not by each scrape. What takes long to find out, such as a
/// count of millions of rows, is asked for less often. While they cannot be had their gauges have no value, neither zero nor the last one
/// that was.
/// </summary>
/// <typeparam name="T">All figures of one answer.</typeparam>
/// <param name="name">What the log calls them, such as <c>queues</c>.</param>
/// <param name="read">Asks for them.</param>
/// <param name="interval">How often.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Hears when they can be had no more, and when they can again.</param>
public sealed class PolledFigures<T>(
    string name, Func<CancellationToken, Task<T>> read, TimeSpan interval, TimeProvider time, ILogger logger)
    where T : class
{
    // A server that hangs is as good as away.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    // The server is to spend no more than a fiftieth of its time on answers, unless they would become too old.
    private const int RestAfterAnswer = 50;
    private const int MostIntervals = 10;

    private volatile T? _latest;
    private bool _isAway;

    /// <summary>Asks until <paramref name="stop"/> is cancelled.</summary>
    public async Task PollAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(interval, time);
        var (answeredAt, rest) = (time.GetTimestamp(), TimeSpan.Zero);
        do
        {
            if (time.GetElapsedTime(answeredAt) >= rest)
            {
                var askedAt = time.GetTimestamp();
                var isAnswered = await AskAsync(stop);
                answeredAt = time.GetTimestamp();
                rest = isAnswered ? RestAfter(time.GetElapsedTime(askedAt, answeredAt)) : TimeSpan.Zero;
            }
        }
        while (await timer.WaitForNextTickAsync(stop));
    }

    /// <summary>What a gauge shows of the figures; nothing while they are not known.</summary>
    public IEnumerable<Measurement<TValue>> Measured<TValue>(Func<T, IEnumerable<Measurement<TValue>>> show)
        where TValue : struct => _latest is { } latest ? show(latest) : [];

    private TimeSpan RestAfter(TimeSpan took)
    {
        var (wanted, longest) = (took * RestAfterAnswer, interval * MostIntervals);
        return wanted < longest ? wanted : longest;
    }

    private async Task<bool> AskAsync(CancellationToken stop)
    {
        using var limit = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stop);
        try
        {
            _latest = await read(either.Token);
            if (_isAway)
            {
                _isAway = false;
                Log.MeasuredAgain(logger, name);
            }

            return true;
        }
        catch (Exception exception) when (!stop.IsCancellationRequested)
        {
            _latest = null;
            if (!_isAway)
            {
                _isAway = true;
                Log.NotMeasured(logger, name, exception.GetBaseException().Message);
            }

            return false;
        }
    }
}
