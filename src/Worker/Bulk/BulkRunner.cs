using Gateway.Persistence;
using Gateway.Persistence.Bulk;
using Gateway.Worker.Bus;

namespace Gateway.Worker.Bulk;

/// <summary>
/// Does the bulk jobs, a page of each in turn. For one page a job belongs to one worker, and when that worker dies another goes on within a
/// second or two.
/// </summary>
public sealed class BulkRunner(
    BulkJobStore jobs, IEnumerable<IBulkWork> work, BrokerAlarms alarms, TimeProvider time, ILogger<BulkRunner> logger)
    : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    // A page has no more than a second's work: whoever said that the next is due later had a clock that is ahead.
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(2);

    private readonly Dictionary<BulkKind, IBulkWork> _work = work.ToDictionary(kind => kind.Kind);
    private readonly FailureNotice _failures = new(time);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            await Task.Delay(await DoAllAsync(stoppingToken), time, stoppingToken);
        }
    }

    /// <summary>Does a page of each job that is due.</summary>
    /// <returns>For how long there is nothing to do.</returns>
    private async Task<TimeSpan> DoAllAsync(CancellationToken cancellationToken)
    {
        var (hasDone, hasFailed, pause) = (false, false, Pause);
        try
        {
            foreach (var job in await jobs.ListRunningAsync(cancellationToken))
            {
                // In alarm the broker confirms nothing: what is sent would be given up, sent again, and all of it taken in the end.
                if (_work[job.Kind] is { Sends: true } && alarms.Now is not null)
                {
                    continue;
                }

                var wait = WaitOf(job);
                if (wait > TimeSpan.Zero)
                {
                    pause = wait < pause ? wait : pause;
                    continue;
                }

                // One that fails keeps no other from going on.
                try
                {
                    hasDone |= await DoNextAsync(job, cancellationToken);
                }
                catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
                {
                    hasFailed = true;
                    Tell(job, exception);
                }
            }
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            hasFailed = true;
            Tell(null, exception);
        }

        if (!hasFailed && _failures.Worked())
        {
            Log.BulkGoesOn(logger);
        }

        return hasDone && !hasFailed ? TimeSpan.Zero : pause;
    }

    private TimeSpan WaitOf(BulkJob job) =>
        job.NextAt - time.GetUtcNow().UtcDateTime is var wait && wait > TimeSpan.Zero && wait <= LongestWait ? wait : TimeSpan.Zero;

    private async Task<bool> DoNextAsync(BulkJob listed, CancellationToken cancellationToken)
    {
        await using var turn = await jobs.TakeTurnAsync(listed, cancellationToken);
        if (turn?.Job is not { } job || WaitOf(job) > TimeSpan.Zero)
        {
            return false;
        }

        await _work[job.Kind].DoNextAsync(job, cancellationToken);
        if (await jobs.FindAsync(job.BulkJobId, cancellationToken) is { State: BulkState.Done } ended)
        {
            Log.BulkDone(logger, ended.Kind, ended.BulkJobId, ended.Done, ended.Total);
        }

        return true;
    }

    private void Tell(BulkJob? job, Exception exception)
    {
        if (!_failures.Failed(out var failures))
        {
            return;
        }

        if (job is null)
        {
            Log.BulkUnknown(logger, failures, exception);
        }
        else
        {
            Log.BulkWaits(logger, job.Kind, job.BulkJobId, failures, exception);
        }
    }
}
