using System.Threading.Channels;
using Gateway.Persistence.Figures;
using Gateway.Persistence.JobLog;
using Gateway.Persistence.Waiting;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Gateway.Persistence.Recording;

/// <summary>
/// The group commit of <c>job_runs</c> and of all that goes with an attempt: consumers hand in one record each and wait, one loop writes
/// what has gathered while the commit before it ran. A record is never dropped; while the database is away its caller waits, so the callers
/// bound the memory.
/// </summary>
public sealed class JobRecorder : IHostedService, IAsyncDisposable
{
    private readonly IJobRunWriter _writer;
    private readonly JobLogOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<JobRecorder> _logger;
    private readonly MerchantCounts? _merchantCounts;
    // Not one for a single reader, although there is one: that kind cannot tell how many are waiting.
    private readonly Channel<PendingRecord> _pending = Channel.CreateUnbounded<PendingRecord>();

    /// <summary>Holds no timer and no handle, so it needs no disposal.</summary>
    private readonly CancellationTokenSource _abandon = new();
    private readonly Task _loop;
    private long? _failingSince;
    private int _disposed;

    /// <param name="writer">Writes to the database.</param>
    /// <param name="options">How rows are gathered.</param>
    /// <param name="time">Measures waits.</param>
    /// <param name="logger">Hears of a database that is away.</param>
    /// <param name="merchantCounts">Counts what was recorded by merchant.</param>
    internal JobRecorder(
        IJobRunWriter writer, JobLogOptions options, TimeProvider time, ILogger<JobRecorder> logger, MerchantCounts? merchantCounts = null)
    {
        (_writer, _options, _time, _logger, _merchantCounts) = (writer, options, time, logger, merchantCounts);
        _loop = Task.Run(WriteBatchesAsync);
    }

    /// <summary>Records one attempt alone.</summary>
    /// <inheritdoc cref="RecordAsync(JobRecord, CancellationToken)"/>
    public Task RecordAsync(JobRun run, CancellationToken cancellationToken) => RecordAsync(new JobRecord { Run = run }, cancellationToken);

    /// <summary>Records a step of a job. Completes after it is committed, so that the message may be acknowledged.</summary>
    /// <param name="record">The rows. Text is cut to its column's length; recording the same run twice keeps one.</param>
    /// <param name="cancellationToken">Ends the wait. The rows may be written all the same.</param>
    /// <returns>False when its webhook did not enter the waiting room, because a message under its id waits there already.</returns>
    /// <exception cref="OperationCanceledException">The wait ended, or the host stopped before the database could be reached.</exception>
    /// <exception cref="JobRunRefusedException">The database will never take these rows.</exception>
    /// <exception cref="ArgumentException"><see cref="JobRun.StartedAt"/> is not UTC.</exception>
    public Task<bool> RecordAsync(JobRecord record, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(record);
        cancellationToken.ThrowIfCancellationRequested();

        var pending = new PendingRecord(record.Storable(), cancellationToken);
        if (!_pending.Writer.TryWrite(pending))
        {
            pending.Abandoned();
        }

        return pending.Task;
    }

    /// <summary>Nothing to start: a row may come before the host has started.</summary>
    Task IHostedService.StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>
    /// Takes no more rows and writes those it has, until <paramref name="cancellationToken"/> ends the wait for the database.
    /// </summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _pending.Writer.TryComplete();
        await using var giveUp = cancellationToken.UnsafeRegister(static abandon => ((CancellationTokenSource)abandon!).Cancel(), _abandon);
        await _loop;
    }

    /// <summary>Ends without waiting for a database that is away. A container that holds this under two types calls it twice.</summary>
    public async ValueTask DisposeAsync()
    {
        // The container knows this object twice, by its own type and as a hosted service.
        if (Interlocked.Exchange(ref _disposed, 1) == 1)
        {
            return;
        }

        _pending.Writer.TryComplete();
        await _abandon.CancelAsync();
        await _loop;
    }

    private async Task WriteBatchesAsync()
    {
        var batch = new List<PendingRecord>(_options.BatchSize);
        var records = new List<JobRecord>(_options.BatchSize);
        try
        {
            while (await _pending.Reader.WaitToReadAsync(_abandon.Token))
            {
                await GatherAsync(batch);
                records.AddRange(batch.Select(pending => pending.Record));
                await WriteAsync(batch, records);
                batch.Clear();
                records.Clear();
            }
        }
        catch (Exception) when (_abandon.IsCancellationRequested)
        {
            // The wait for the database ended; what is left returns to the queue.
        }
        finally
        {
            // Also after a fault of our own: a caller who waits for a loop that has ended would wait for ever.
            _pending.Writer.TryComplete();
            Abandon(batch);
            await _writer.DisposeAsync();
        }
    }

    private async ValueTask GatherAsync(List<PendingRecord> batch)
    {
        Drain(batch);
        if (batch.Count < _options.BatchSize && _options.Linger > TimeSpan.Zero && !_pending.Reader.Completion.IsCompleted)
        {
            await Task.Delay(_options.Linger, _time, _abandon.Token);
            Drain(batch);
        }
    }

    private void Drain(List<PendingRecord> batch)
    {
        var size = batch.Sum(static pending => (long)pending.Record.Size);
        while (batch.Count < _options.BatchSize && size < _options.BatchBytes && _pending.Reader.TryRead(out var pending))
        {
            batch.Add(pending);
            size += pending.Record.Size;
        }
    }

    private async Task WriteAsync(List<PendingRecord> batch, List<JobRecord> records)
    {
        var delay = _options.FirstRetryDelay;
        for (var isFirstTry = true; ; isFirstTry = false)
        {
            try
            {
                // A commit whose answer was lost may have happened, so only the first try may assume that the rows are new.
                var turnedAway = await (isFirstTry
                    ? _writer.WriteAsync(records, _abandon.Token)
                    : _writer.WriteMissingAsync(records, _abandon.Token));
                CaughtUp();
                _merchantCounts?.Add(records.Select(record => record.Run).OfType<JobRun>());
                batch.ForEach(pending =>
                    pending.Written(pending.Record.Waiting is WaitingStep.Enter enter && turnedAway.Contains(enter.Entry)));
                return;
            }
            catch (Exception duplicate) when (isFirstTry && _writer.IsDuplicate(duplicate))
            {
                // A caller who gave up waiting has handed in the same row again.
            }
            catch (Exception refusal) when (_writer.IsRefusal(refusal))
            {
                CaughtUp();
                if (batch is [var refused])
                {
                    var refusedAs = new JobRunRefusedException(refused.Record, refusal);
                    _logger.RecordRefused(refusedAs.Message, refusal.Message);
                    refused.Refused(refusedAs);
                    return;
                }

                foreach (var pending in batch)
                {
                    await WriteAsync([pending], [pending.Record]);
                }

                return;
            }
            catch (Exception failure) when (!_abandon.IsCancellationRequested)
            {
                if (_failingSince is null)
                {
                    _failingSince = _time.GetTimestamp();
                    _logger.RecordsWait(failure);
                }

                await Task.Delay(delay, _time, _abandon.Token);
                delay = delay * 2 < _options.LastRetryDelay ? delay * 2 : _options.LastRetryDelay;
            }
        }
    }

    private void CaughtUp()
    {
        if (_failingSince is { } since)
        {
            _logger.RecordsCaughtUp(_time.GetElapsedTime(since).TotalSeconds);
            _failingSince = null;
        }
    }

    private void Abandon(List<PendingRecord> batch)
    {
        var abandoned = 0;
        do
        {
            abandoned += batch.Count(static pending => pending.Abandoned());
            batch.Clear();
            Drain(batch);
        }
        while (batch.Count > 0);

        if (abandoned > 0)
        {
            _logger.RecordsAbandoned(abandoned);
        }
    }
}
