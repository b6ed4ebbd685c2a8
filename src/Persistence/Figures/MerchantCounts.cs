using System.Data.Common;
using Gateway.Persistence.JobLog;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Gateway.Persistence.Figures;

/// <summary>
/// Counts attempts by merchant and event in memory, and adds the counts to the database every few seconds and at the end: as part of each
/// commit they would touch a row for every merchant. A worker that crashes loses those of its last seconds.
/// </summary>
/// <remarks>Stops after the recorder of attempts, whose last attempts it counts too.</remarks>
public sealed class MerchantCounts(IDbContextFactory<GatewayDbContext> contexts, TimeProvider time, ILogger<MerchantCounts> logger)
    : BackgroundService
{
    // What strangers may write into an event is not counted each for itself without end, nor while the database is away.
    private const int MostRows = 10_000;
    private const int BatchSize = 1_000;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestLastFlush = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private Dictionary<(DateTime, string, string, JobState), MerchantCount> _counts = [];
    private bool _isAway;

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        using var limit = new CancellationTokenSource(LongestLastFlush, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        await TryFlushAsync(either.Token);
    }

    /// <summary>Counts attempts that are recorded.</summary>
    internal void Add(IEnumerable<JobRun> runs)
    {
        lock (_lock)
        {
            foreach (var run in runs)
            {
                if (run is { MerchantId: { } merchant, Event: { } @event } && AttemptCount.OutcomeOf(run) is { } outcome)
                {
                    var startsAt = new DateTime(run.StartedAt.Ticks - (run.StartedAt.Ticks % TimeSpan.TicksPerHour), DateTimeKind.Utc);
                    GetOrAdd(startsAt, merchant, @event, outcome).Add(run);
                }
            }
        }
    }

    /// <summary>Adds to the database what was counted since the last time.</summary>
    /// <exception cref="DbException">The database takes nothing now; the counts are kept for the next time.</exception>
    internal async Task FlushAsync(CancellationToken cancellationToken)
    {
        IEnumerable<MerchantCount> waiting;
        lock (_lock)
        {
            (waiting, _counts) = (_counts.Values, []);
        }

        // Two workers that add to the same rows take them in the same order.
        MerchantCount[] inOrder =
        [
            .. waiting.OrderBy(count => count.StartsAt).ThenBy(count => count.MerchantId, StringComparer.Ordinal)
                .ThenBy(count => count.Event, StringComparer.Ordinal).ThenBy(count => count.Outcome),
        ];
        var added = 0;
        try
        {
            foreach (var batch in inOrder.Chunk(BatchSize))
            {
                await using var db = await contexts.CreateDbContextAsync(cancellationToken);
                await MerchantCountStatements.ExecuteAsync(db, batch, cancellationToken);
                added += batch.Length;
            }
        }
        finally
        {
            PutBack(inOrder.Skip(added));
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            await TryFlushAsync(stoppingToken);
        }
    }

    private async Task TryFlushAsync(CancellationToken cancellationToken)
    {
        try
        {
            await FlushAsync(cancellationToken);
            _isAway = false;
        }
        catch (Exception exception) when (exception is OperationCanceledException || DatabaseFailure.MayBeCauseOf(exception))
        {
            if (!_isAway && exception is not OperationCanceledException)
            {
                logger.CountsWait(exception);
            }

            _isAway = true;
        }
    }

    private void PutBack(IEnumerable<MerchantCount> counts)
    {
        lock (_lock)
        {
            foreach (var count in counts)
            {
                GetOrAdd(count.StartsAt, count.MerchantId, count.Event, count.Outcome).Add(count);
            }
        }
    }

    private MerchantCount GetOrAdd(DateTime startsAt, string merchant, string @event, JobState outcome)
    {
        if (_counts.TryGetValue((startsAt, merchant, @event, outcome), out var count))
        {
            return count;
        }

        if (_counts.Count >= MostRows && (merchant, @event) != (MerchantCount.OtherEvents, MerchantCount.OtherEvents))
        {
            return GetOrAdd(startsAt, MerchantCount.OtherEvents, MerchantCount.OtherEvents, outcome);
        }

        return _counts[(startsAt, merchant, @event, outcome)] =
            new MerchantCount { StartsAt = startsAt, MerchantId = merchant, Event = @event, Outcome = outcome };
    }
}
