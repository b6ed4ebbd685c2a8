using Gateway.Persistence.DeadLetters;
using Microsoft.EntityFrameworkCore;

namespace Gateway.Persistence.Bulk;

/// <summary>
/// What bulk jobs do with dead letters, page by page. What is done and how far the job is are one commit. No transaction with data in it is
/// open while the broker is waited for.
/// </summary>
public sealed class LetterPages(IDbContextFactory<GatewayDbContext> contexts)
{
    /// <summary>Letters that one page drops.</summary>
    public const int DropSize = 5_000;

    // A batch is loaded into memory, so it ends early when its letters are large; in bytes.
    private const long LargestSize = 8 * 1024 * 1024;

    /// <summary>
    /// Drops the next page, for good. What the letters said is removed; that they were there is known until old jobs are removed.
    /// </summary>
    public async Task DropNextAsync(BulkJob job, DateTime at, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var page = await PageOf(db, job, job.PageSize(DropSize)).Select(l => new { l.LetterId, l.DiedAt }).ToListAsync(cancellationToken);
        Guid[] ids = [.. page.Select(l => l.LetterId)];
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        if (!await LockRunningAsync(db, job, at, cancellationToken))
        {
            return;
        }

        var dropped = ids.Length == 0
            ? 0
            : await db.DeadLetters.Where(l => ids.Contains(l.LetterId) && l.State == DeadLetterState.Dead).ExecuteUpdateAsync(
                set => set.SetProperty(l => l.State, DeadLetterState.Dropped).SetProperty(l => l.BulkJobId, job.BulkJobId)
                    .SetProperty(l => l.Body, (byte[]?)null).SetProperty(l => l.Headers, (byte[]?)null)
                    .SetProperty(l => l.ChangedBy, job.CreatedBy).SetProperty(l => l.ChangedAt, at),
                cancellationToken);
        var progress = new BulkProgress(
            ids.Length, dropped, page.LastOrDefault()?.DiedAt, page.LastOrDefault()?.LetterId, ids.Length < job.PageSize(DropSize));
        await BulkJobStore.AdvanceAsync(db, job, progress, at, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>Claims the next page of letters to put back, or takes the one that was claimed and is not through.</summary>
    public async Task<RequeueBatch> TakeNextAsync(BulkJob job, DateTime at, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var claimed = await Claimed(db, job).OrderBy(l => l.DiedAt).ThenBy(l => l.LetterId)
            .Select(l => new { l.LetterId, l.DiedAt }).ToListAsync(cancellationToken);
        if (claimed is [.., { } last])
        {
            var letters = await LoadAsync(db, [.. claimed.Select(l => l.LetterId)], cancellationToken);
            return new RequeueBatch(letters, last.DiedAt, last.LetterId, IsLast: job.LetterId is not null);
        }

        var size = job.PageSize(RequeueBatch.Size);
        var page = await LetterSize.From(db, PageOf(db, job, size)).ToListAsync(cancellationToken);
        var bytes = 0L;
        var taken = page.TakeWhile((letter, i) => (bytes += letter.Bytes) <= LargestSize || i == 0).ToList();
        if (taken is not [.., { } end])
        {
            return new RequeueBatch([], null, null, IsLast: true);
        }

        Guid[] ids = [.. taken.Select(l => l.LetterId)];
        int claims;
        await using (var transaction = await db.Database.BeginTransactionAsync(cancellationToken))
        {
            // Whoever stops the job waits for this commit and then gives the page up, or has stopped the job before.
            if (!await LockRunningAsync(db, job, at, cancellationToken))
            {
                return new RequeueBatch([], null, null, IsLast: false);
            }

            var dead = db.DeadLetters.Where(l => ids.Contains(l.LetterId) && l.State == DeadLetterState.Dead);
            claims = await ClaimAsync(dead, job, at, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }

        var loaded = await LoadAsync(db, ids, job, cancellationToken);
        // Somebody has just stopped the job, which gives the page up: once resumed, the job is to begin with this page again.
        return loaded.Count < claims
            ? new RequeueBatch([], null, null, IsLast: false)
            : new RequeueBatch(loaded, end.DiedAt, end.LetterId, taken.Count == page.Count && page.Count < size);
    }

    /// <summary>Marks the letters of a batch. What is named in neither list is taken again.</summary>
    /// <param name="job">The job.</param>
    /// <param name="batch">Its batch.</param>
    /// <param name="requeued">Letters that the broker has confirmed, whether or not somebody has stopped the job meanwhile.</param>
    /// <param name="refused">Letters that cannot be sent: they are dead again, and of no job.</param>
    /// <param name="at">The time now, UTC.</param>
    /// <param name="cancellationToken">Gives up; the letters are then put back once more.</param>
    public async Task CompleteAsync(
        BulkJob job, RequeueBatch batch, Guid[] requeued, Guid[] refused, DateTime at, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        await LockRunningAsync(db, job, at, cancellationToken);
        var done = 0;
        if (requeued.Length > 0)
        {
            done = await db.DeadLetters
                .Where(l => requeued.Contains(l.LetterId) && (l.State == DeadLetterState.Requeueing || l.State == DeadLetterState.Dead))
                .ExecuteUpdateAsync(
                    set => set.SetProperty(l => l.State, DeadLetterState.Requeued).SetProperty(l => l.ChangedAt, at), cancellationToken);
        }

        if (refused.Length > 0)
        {
            await db.DeadLetters.Where(l => refused.Contains(l.LetterId) && l.State == DeadLetterState.Requeueing).ExecuteUpdateAsync(
                set => set.SetProperty(l => l.State, DeadLetterState.Dead)
                    .SetProperty(l => l.BulkJobId, (Guid?)null).SetProperty(l => l.ChangedAt, at),
                cancellationToken);
        }

        // Else what is left of the page would be passed over when somebody stops the job now and resumes it.
        var isThrough = requeued.Length + refused.Length == batch.Letters.Count;
        var progress = new BulkProgress(
            batch.Letters.Count,
            done,
            isThrough ? batch.PositionAt : null,
            isThrough ? batch.PositionId : null,
            isThrough && batch.IsLast);
        await BulkJobStore.AdvanceAsync(db, job, progress, at, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>Lets nobody else deal with letters until they are back.</summary>
    internal static Task<int> ClaimAsync(IQueryable<DeadLetter> letters, BulkJob job, DateTime at, CancellationToken cancellationToken) =>
        letters.ExecuteUpdateAsync(
            set => set.SetProperty(l => l.State, DeadLetterState.Requeueing).SetProperty(l => l.BulkJobId, job.BulkJobId)
                .SetProperty(l => l.ChangedBy, job.CreatedBy).SetProperty(l => l.ChangedAt, at),
            cancellationToken);

    private static IQueryable<DeadLetter> PageOf(GatewayDbContext db, BulkJob job, int size)
    {
        var letters = job.ToLetterFilter().Apply(db.DeadLetters);
        if (job is { PositionAt: { } at, PositionId: { } id })
        {
            letters = letters.Where(l => l.DiedAt >= at && (l.DiedAt > at || l.LetterId > id));
        }

        return letters.OrderBy(l => l.DiedAt).ThenBy(l => l.LetterId).Take(size);
    }

    private static IQueryable<DeadLetter> Claimed(GatewayDbContext db, BulkJob job) =>
        db.DeadLetters.Where(l => l.BulkJobId == job.BulkJobId && l.State == DeadLetterState.Requeueing);

    private static async Task<bool> LockRunningAsync(GatewayDbContext db, BulkJob job, DateTime at, CancellationToken cancellationToken) =>
        await db.BulkJobs.Where(j => j.BulkJobId == job.BulkJobId && j.State == BulkState.Running)
            .ExecuteUpdateAsync(set => set.SetProperty(j => j.UpdatedAt, at), cancellationToken) == 1;

    // Of a page some may have been dealt with by others before it was claimed.
    private static async Task<IReadOnlyList<TakenLetter>> LoadAsync(
        GatewayDbContext db, Guid[] page, BulkJob job, CancellationToken cancellationToken) =>
        await LoadAsync(
            db,
            await Claimed(db, job).Where(l => page.Contains(l.LetterId)).Select(l => l.LetterId).ToArrayAsync(cancellationToken),
            cancellationToken);

    private static async Task<IReadOnlyList<TakenLetter>> LoadAsync(
        GatewayDbContext db, Guid[] letterIds, CancellationToken cancellationToken)
    {
        var letters = await DeadLetterStore.Load(db, letterIds, int.MaxValue).ToListAsync(cancellationToken);
        var kept = await DeadLetterStore.LoadKeptAsync(db, letters, cancellationToken);
        Guid?[] jobs = [.. letters.Select(l => l.JobId)];
        var rounds = await db.JobRuns.Where(run => jobs.Contains(run.JobId)).GroupBy(run => run.JobId)
            .Select(group => new { JobId = group.Key, Round = group.Max(run => run.Round) })
            .ToDictionaryAsync(job => job.JobId, job => job.Round, cancellationToken);
        return
        [
            .. letters.OrderBy(l => l.DiedAt).ThenBy(l => l.LetterId).Select(l =>
                new TakenLetter(l, kept.GetValueOrDefault((l.JobId, l.MerchantId)), rounds.GetValueOrDefault(l.JobId ?? Guid.Empty))),
        ];
    }
}
