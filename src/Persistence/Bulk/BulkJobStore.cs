using Gateway.Persistence.DeadLetters;
using Microsoft.EntityFrameworkCore;

namespace Gateway.Persistence.Bulk;

/// <summary>Begins bulk jobs, says how far they are, ends them and lets them go on.</summary>
public sealed class BulkJobStore(IDbContextFactory<GatewayDbContext> contexts)
{
    /// <summary>Lets workers begin with it.</summary>
    public async Task AddAsync(BulkJob job, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        db.BulkJobs.Add(job);
        await db.SaveChangesAsync(cancellationToken);
    }

    /// <summary>Lets a worker put back one letter, which nobody else can deal with from then on.</summary>
    /// <returns>False when there is no such letter, or somebody else has dealt with it.</returns>
    public async Task<bool> AddForLetterAsync(BulkJob job, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        db.BulkJobs.Add(job);
        await db.SaveChangesAsync(cancellationToken);
        var letter = db.DeadLetters.Where(l => l.LetterId == job.LetterId && l.State == DeadLetterState.Dead);
        if (await LetterPages.ClaimAsync(letter, job, job.CreatedAt, cancellationToken) == 0)
        {
            return false;
        }

        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    /// <summary>One job; null when there is none of that id.</summary>
    public async Task<BulkJob?> FindAsync(Guid bulkJobId, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.BulkJobs.AsNoTracking().SingleOrDefaultAsync(j => j.BulkJobId == bulkJobId, cancellationToken);
    }

    /// <summary>The latest jobs.</summary>
    public async Task<IReadOnlyList<BulkJob>> ListAsync(int limit, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        // A UUID v7 tells when it was made.
        return await db.BulkJobs.AsNoTracking().OrderByDescending(j => j.BulkJobId).Take(limit).ToListAsync(cancellationToken);
    }

    /// <summary>What is to be gone on with, the oldest first.</summary>
    public async Task<IReadOnlyList<BulkJob>> ListRunningAsync(CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        // Said as a constant, because the index holds these alone.
        return await db.BulkJobs.AsNoTracking().Where(j => j.State == BulkState.Running).OrderBy(j => j.CreatedAt)
            .ToListAsync(cancellationToken);
    }

    /// <summary>Takes the turn at a job; null when another worker has it, or when the job has ended meanwhile.</summary>
    public Task<BulkTurn?> TakeTurnAsync(BulkJob listed, CancellationToken cancellationToken) =>
        BulkTurn.TakeAsync(this, contexts, listed, cancellationToken);

    /// <summary>Ends a job before its time. What it was about to do is as if it had never been asked for.</summary>
    /// <returns>False when there is no such job, or it has ended already.</returns>
    public async Task<bool> StopAsync(Guid bulkJobId, string by, DateTime at, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        // The row comes first, as it does where a page is claimed: none is claimed after this.
        var stopped = await db.BulkJobs.Where(j => j.BulkJobId == bulkJobId && j.State == BulkState.Running).ExecuteUpdateAsync(
            set => set.SetProperty(j => j.State, BulkState.Stopped).SetProperty(j => j.UpdatedAt, at), cancellationToken);
        if (stopped == 0)
        {
            return false;
        }

        await db.DeadLetters.Where(l => l.BulkJobId == bulkJobId && l.State == DeadLetterState.Requeueing).ExecuteUpdateAsync(
            set => set.SetProperty(l => l.State, DeadLetterState.Dead).SetProperty(l => l.ChangedBy, by).SetProperty(l => l.ChangedAt, at),
            cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    /// <summary>Lets a job go on that was stopped, from where it was.</summary>
    /// <returns>False when there is no such job, or it is not stopped.</returns>
    public async Task<bool> ResumeAsync(Guid bulkJobId, DateTime at, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.BulkJobs.Where(j => j.BulkJobId == bulkJobId && j.State == BulkState.Stopped).ExecuteUpdateAsync(
            set => set.SetProperty(j => j.State, BulkState.Running).SetProperty(j => j.NextAt, at).SetProperty(j => j.UpdatedAt, at),
            cancellationToken) == 1;
    }

    /// <summary>Keeps what a page came to.</summary>
    public async Task AdvanceAsync(BulkJob job, BulkProgress progress, DateTime at, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await AdvanceAsync(db, job, progress, at, cancellationToken);
    }

    /// <summary>The same, together with what else is changed.</summary>
    internal static async Task AdvanceAsync(
        GatewayDbContext db, BulkJob job, BulkProgress progress, DateTime at, CancellationToken cancellationToken)
    {
        var row = db.BulkJobs.Where(j => j.BulkJobId == job.BulkJobId);
        var nextAt = job.RatePerSecond is { } rate ? at.AddSeconds((double)progress.Tried / rate) : at;
        await row.ExecuteUpdateAsync(
            set => set
                .SetProperty(j => j.Done, j => j.Done + progress.Done)
                .SetProperty(j => j.PositionAt, progress.PositionAt ?? job.PositionAt)
                .SetProperty(j => j.PositionId, progress.PositionId ?? job.PositionId)
                .SetProperty(j => j.NextAt, nextAt)
                .SetProperty(j => j.UpdatedAt, at),
            cancellationToken);
        if (progress.IsEnd)
        {
            // An operator who stopped it meanwhile has the last word.
            await row.Where(j => j.State == BulkState.Running)
                .ExecuteUpdateAsync(set => set.SetProperty(j => j.State, BulkState.Done), cancellationToken);
        }
    }
}
