using Gateway.Persistence.DeadLetters;
using Gateway.Persistence.JobLog;
using Microsoft.EntityFrameworkCore;

namespace Gateway.Persistence.Operations;

/// <summary>
/// Removes old jobs in small batches. A job goes as a whole, by its latest run: one that is still tried is never removed because it
/// began long ago. A batch is one short transaction, so that nobody who records an attempt waits for it.
/// </summary>
public sealed class JobRetention(IDbContextFactory<GatewayDbContext> contexts)
{
    /// <summary>Jobs of one batch.</summary>
    public const int BatchSize = 1_000;

    /// <summary>Removes what is old enough, unless another worker is at it.</summary>
    /// <param name="succeededBefore">UTC; jobs that succeeded before go.</param>
    /// <param name="othersBefore">
    /// UTC; all other jobs whose latest run began before go, and what was kept of webhooks until then, unless a dead letter needs it, and
    /// letters that were dealt with.
    /// </param>
    /// <param name="pause">The time between two batches.</param>
    /// <param name="time">Measures it.</param>
    /// <param name="cancellationToken">Ends it after a batch.</param>
    /// <returns>How many jobs were removed; null when another worker is at it.</returns>
    public async Task<long?> RemoveAsync(
        DateTime succeededBefore, DateTime othersBefore, TimeSpan pause, TimeProvider time, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var isShared = db.Database.IsNpgsql();
        await using var turn = isShared ? await DatabaseLock.TryTakeAsync(contexts, "job_retention", cancellationToken) : null;
        if (isShared && turn is null)
        {
            return null;
        }

        var succeeded = JobHistory.LatestRuns(db).Where(run => run.State == JobState.Succeeded);
        var others = JobHistory.LatestRuns(db).Where(run => run.State != JobState.Succeeded);
        var removed = await RemoveJobsAsync(db, succeeded, succeededBefore, pause, time, cancellationToken);
        removed += await RemoveJobsAsync(db, others, othersBefore, pause, time, cancellationToken);
        await RemoveLettersAsync(db, othersBefore, pause, time, cancellationToken);
        await RemoveKeptAsync(db, othersBefore, pause, time, cancellationToken);
        return removed;
    }

    private static async Task<long> RemoveJobsAsync(
        GatewayDbContext db,
        IQueryable<JobRun> latestRuns,
        DateTime before,
        TimeSpan pause,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        var removed = 0L;
        // The next batch begins where this one ended: what stays is not looked at again.
        var from = DateTime.SpecifyKind(DateTime.UnixEpoch, DateTimeKind.Utc);
        while (true)
        {
            var batch = await latestRuns.Where(run => run.StartedAt >= from && run.StartedAt < before)
                .OrderBy(run => run.StartedAt).Take(BatchSize)
                .Select(run => new { run.JobId, run.StartedAt }).ToListAsync(cancellationToken);
            if (batch.Count == 0)
            {
                return removed;
            }

            Guid[] jobs = [.. batch.Select(run => run.JobId).Distinct()];
            // Another merchant may have a job under the same id, which ended otherwise or later.
            await db.JobRuns.Where(run => jobs.Contains(run.JobId)
                    && latestRuns.Any(last => last.JobId == run.JobId && last.MerchantId == run.MerchantId && last.StartedAt < before))
                .ExecuteDeleteAsync(cancellationToken);
            removed += jobs.Length;
            from = batch[^1].StartedAt;
            await Task.Delay(pause, time, cancellationToken);
        }
    }

    // A letter stays until somebody has dealt with it.
    private static async Task RemoveLettersAsync(
        GatewayDbContext db, DateTime before, TimeSpan pause, TimeProvider time, CancellationToken cancellationToken)
    {
        var old = db.DeadLetters.Where(letter =>
            (letter.State == DeadLetterState.Requeued || letter.State == DeadLetterState.Dropped) && letter.ChangedAt < before);
        while (await old.OrderBy(letter => letter.ChangedAt).Take(BatchSize).ExecuteDeleteAsync(cancellationToken) > 0)
        {
            await Task.Delay(pause, time, cancellationToken);
        }
    }

    private static async Task RemoveKeptAsync(
        GatewayDbContext db, DateTime before, TimeSpan pause, TimeProvider time, CancellationToken cancellationToken)
    {
        // What a letter that was not dealt with says is not in the letter.
        var old = db.KeptWebhooks.Where(webhook => webhook.KeptAt < before && !db.DeadLetters.Any(letter =>
            letter.JobId == webhook.DeliveryId && (letter.State == DeadLetterState.Dead || letter.State == DeadLetterState.Requeueing)));
        var from = DateTime.SpecifyKind(DateTime.UnixEpoch, DateTimeKind.Utc);
        while (true)
        {
            var batch = await old.Where(webhook => webhook.KeptAt >= from)
                .OrderBy(webhook => webhook.KeptAt).Take(BatchSize)
                .Select(webhook => new { webhook.DeliveryId, webhook.KeptAt }).ToListAsync(cancellationToken);
            if (batch.Count == 0)
            {
                return;
            }

            Guid[] ids = [.. batch.Select(webhook => webhook.DeliveryId)];
            await old.Where(webhook => ids.Contains(webhook.DeliveryId)).ExecuteDeleteAsync(cancellationToken);
            from = batch[^1].KeptAt;
            await Task.Delay(pause, time, cancellationToken);
        }
    }
}
