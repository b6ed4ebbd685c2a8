using Microsoft.EntityFrameworkCore;

namespace Gateway.Persistence.Figures;

/// <summary>
/// Removes counts of more than 90 days ago, and folds those by minute and worker of more than a week ago to one row an hour. An hour is one
/// short transaction.
/// </summary>
public sealed class CountRetention(IDbContextFactory<GatewayDbContext> contexts)
{
    /// <summary>How long counts are kept.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromDays(90);

    /// <summary>How long counts are kept by the minute.</summary>
    public static readonly TimeSpan KeptByMinute = TimeSpan.FromDays(7);

    private const int BatchSize = 1_000;

    /// <summary>Removes and folds what is old enough, unless another worker is at it.</summary>
    /// <param name="now">The time now, UTC.</param>
    /// <param name="pause">The time between two batches.</param>
    /// <param name="time">Measures it.</param>
    /// <param name="cancellationToken">Ends it after a batch.</param>
    public async Task RunAsync(DateTime now, TimeSpan pause, TimeProvider time, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var isShared = db.Database.IsNpgsql();
        await using var turn = isShared ? await DatabaseLock.TryTakeAsync(contexts, "count_retention", cancellationToken) : null;
        if (isShared && turn is null)
        {
            return;
        }

        var before = now - Kept;
        await RemoveAsync(db.JobCounts.Where(count => count.StartsAt < before).OrderBy(count => count.StartsAt));
        await RemoveAsync(db.MerchantCounts.Where(count => count.StartsAt < before).OrderBy(count => count.StartsAt));
        var byMinute = FirstHourByMinute(now);
        while (await FoldOldestHourAsync(db, byMinute, cancellationToken))
        {
            await Task.Delay(pause, time, cancellationToken);
        }

        async Task RemoveAsync<TCount>(IQueryable<TCount> old)
        {
            while (await old.Take(BatchSize).ExecuteDeleteAsync(cancellationToken) > 0)
            {
                await Task.Delay(pause, time, cancellationToken);
            }
        }
    }

    /// <summary>The hour from which on counts by the minute are there; those before are, or will be, of whole hours.</summary>
    public static DateTime FirstHourByMinute(DateTime now)
    {
        var at = now - KeptByMinute;
        return at.Date.AddHours(at.Hour);
    }

    private static async Task<bool> FoldOldestHourAsync(GatewayDbContext db, DateTime before, CancellationToken cancellationToken)
    {
        var oldest = await db.JobCounts
            .Where(count => count.StartsAt < before && count.WorkerId != JobCount.AllWorkers)
            .MinAsync(count => (DateTime?)count.StartsAt, cancellationToken);
        if (oldest is not { } minute)
        {
            return false;
        }

        var hour = DateTime.SpecifyKind(minute.Date.AddHours(minute.Hour), DateTimeKind.Utc);
        var end = hour.AddHours(1);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var rows = db.JobCounts.Where(count => count.StartsAt >= hour && count.StartsAt < end);
        var counts = await rows.AsNoTracking().ToListAsync(cancellationToken);
        await rows.ExecuteDeleteAsync(cancellationToken);
        foreach (var alike in counts.GroupBy(count => (count.JobType, count.Queue, count.Outcome)))
        {
            var folded = new JobCount
            {
                StartsAt = hour,
                WorkerId = JobCount.AllWorkers,
                JobType = alike.Key.JobType,
                Queue = alike.Key.Queue,
                Outcome = alike.Key.Outcome,
            };
            foreach (var count in alike)
            {
                folded.Add(count);
            }

            db.JobCounts.Add(folded);
        }

        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        db.ChangeTracker.Clear();
        return true;
    }
}
