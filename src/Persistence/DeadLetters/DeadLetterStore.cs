using Gateway.Persistence.JobLog;
using Gateway.Persistence.Recording;
using Microsoft.EntityFrameworkCore;

namespace Gateway.Persistence.DeadLetters;

/// <summary>Reads letters and changes where they stand. The <see cref="JobRecorder"/> writes them.</summary>
public sealed class DeadLetterStore(IDbContextFactory<GatewayDbContext> contexts)
{
    /// <summary>The largest body that is read to be shown, in bytes.</summary>
    public const int LargestShown = 2 * 1024 * 1024;

    // A page ends early when what it says is larger than this, in bytes.
    private const long PageSize = 16 * 1024 * 1024;

    /// <summary>A page of letters.</summary>
    /// <param name="filter">Chooses the letters.</param>
    /// <param name="isNewestFirst">Else the oldest first.</param>
    /// <param name="after">Where the page starts; null for the first.</param>
    /// <param name="limit">The most letters of the page, at least 1. It has fewer when they are large.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    public async Task<DeadLetterPage> ListAsync(
        DeadLetterFilter filter, bool isNewestFirst, JobCursor? after, int limit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var letters = filter.Apply(db.DeadLetters.AsNoTracking());
        if (after is { StartedAt: var at, RunId: var id })
        {
            letters = isNewestFirst
                ? letters.Where(l => l.DiedAt <= at && (l.DiedAt < at || l.LetterId < id))
                : letters.Where(l => l.DiedAt >= at && (l.DiedAt > at || l.LetterId > id));
        }

        letters = isNewestFirst
            ? letters.OrderByDescending(l => l.DiedAt).ThenByDescending(l => l.LetterId)
            : letters.OrderBy(l => l.DiedAt).ThenBy(l => l.LetterId);
        var found = await LetterSize.From(db, letters.Take(limit + 1)).ToListAsync(cancellationToken);
        var shown = 0;
        for (var size = 0L; shown < Math.Min(found.Count, limit) && (shown == 0 || size < PageSize); shown++)
        {
            size += Math.Min(found[shown].Bytes, LargestShown);
        }

        var page = await LoadAsync(db, [.. found.Take(shown).Select(l => l.LetterId)], cancellationToken);
        return new DeadLetterPage(
            [.. page.OrderBy(stored => found.FindIndex(l => l.LetterId == stored.Letter.LetterId))],
            shown < found.Count ? new JobCursor(found[shown - 1].DiedAt, found[shown - 1].LetterId) : null);
    }

    /// <summary>How many letters there are.</summary>
    public async Task<int> CountAsync(DeadLetterFilter filter, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await filter.Apply(db.DeadLetters).CountAsync(cancellationToken);
    }

    /// <summary>A letter without what it says; null when there is none of that id.</summary>
    public async Task<DeadLetter?> FindAsync(Guid letterId, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.DeadLetters.AsNoTracking().Where(l => l.LetterId == letterId).Select(l => new DeadLetter
        {
            LetterId = l.LetterId,
            DiedAt = l.DiedAt,
            Queue = l.Queue,
            JobId = l.JobId,
            MerchantId = l.MerchantId,
            Event = l.Event,
            Reason = l.Reason,
            Error = l.Error,
            State = l.State,
            ChangedBy = l.ChangedBy,
            ChangedAt = l.ChangedAt,
        }).SingleOrDefaultAsync(cancellationToken);
    }

    /// <summary>
    /// Drops one letter, for good. What it said is removed; that it was there is known until old jobs are removed.
    /// </summary>
    /// <returns>False when there is no such letter, or somebody else has dealt with it.</returns>
    public async Task<bool> DropAsync(Guid letterId, string by, DateTime at, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.DeadLetters.Where(l => l.LetterId == letterId && l.State == DeadLetterState.Dead).ExecuteUpdateAsync(
            set => set.SetProperty(l => l.State, DeadLetterState.Dropped)
                .SetProperty(l => l.Body, (byte[]?)null).SetProperty(l => l.Headers, (byte[]?)null)
                .SetProperty(l => l.ChangedBy, by).SetProperty(l => l.ChangedAt, at),
            cancellationToken) == 1;
    }

    /// <summary>The letters with which nobody has dealt by reason, queue and merchant, the largest group first.</summary>
    /// <param name="limit">The most groups.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    public async Task<IReadOnlyList<DeadLetterGroup>> GroupAsync(int limit, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.DeadLetters.Where(l => l.State == DeadLetterState.Dead)
            .GroupBy(l => new { l.Reason, l.Queue, l.MerchantId })
            .OrderByDescending(group => group.LongCount()).Take(limit)
            .Select(group => new DeadLetterGroup(
                group.Key.Reason,
                group.Key.Queue,
                group.Key.MerchantId,
                group.LongCount(),
                group.Min(l => l.DiedAt),
                group.Max(l => l.DiedAt)))
            .ToListAsync(cancellationToken);
    }

    /// <summary>The dead letters of each queue that has some.</summary>
    public async Task<IReadOnlyList<DeadLetterCount>> CountByQueueAsync(CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.DeadLetters.Where(l => l.State == DeadLetterState.Dead).GroupBy(l => l.Queue)
            .Select(group => new DeadLetterCount(group.Key, group.LongCount(), group.Min(l => l.DiedAt))).ToListAsync(cancellationToken);
    }

    /// <summary>The letters with their bodies.</summary>
    internal static IQueryable<DeadLetter> Load(GatewayDbContext db, Guid[] letterIds, int largest) =>
        db.DeadLetters.AsNoTracking().Where(l => letterIds.Contains(l.LetterId)).Select(l => new DeadLetter
        {
            LetterId = l.LetterId,
            DiedAt = l.DiedAt,
            Queue = l.Queue,
            WasSkipped = l.WasSkipped,
            JobId = l.JobId,
            MerchantId = l.MerchantId,
            Event = l.Event,
            Reason = l.Reason,
            Error = l.Error,
            Attempts = l.Attempts,
            Body = l.Body!.Length <= largest ? l.Body : null,
            Headers = l.Headers,
            State = l.State,
            ChangedBy = l.ChangedBy,
            ChangedAt = l.ChangedAt,
            BulkJobId = l.BulkJobId,
        });

    /// <summary>What webhooks said whose letters do not.</summary>
    internal static Task<Dictionary<(Guid? JobId, string? MerchantId), KeptWebhook>> LoadKeptAsync(
        GatewayDbContext db, IEnumerable<DeadLetter> letters, CancellationToken cancellationToken)
    {
        Guid?[] jobs = [.. letters.Where(l => l.Headers is null).Select(l => l.JobId)];
        return db.KeptWebhooks.AsNoTracking().Where(w => jobs.Contains(w.DeliveryId))
            .ToDictionaryAsync(w => ((Guid?)w.DeliveryId, (string?)w.MerchantId), cancellationToken);
    }

    private static async Task<IEnumerable<StoredLetter>> LoadAsync(
        GatewayDbContext db, Guid[] letterIds, CancellationToken cancellationToken)
    {
        var letters = await Load(db, letterIds, LargestShown).ToListAsync(cancellationToken);
        var kept = await LoadKeptAsync(db, letters, cancellationToken);
        Guid?[] jobs = [.. letters.Select(l => l.JobId)];
        var runs = await JobHistory.RunsOf(db, jobs).ToListAsync(cancellationToken);
        var runsOf = runs.ToLookup(run => ((Guid?)run.JobId, run.MerchantId));
        return letters.Select(l => (Letter: l, Key: (l.JobId, l.MerchantId)))
            .Select(l => new StoredLetter(l.Letter, kept.GetValueOrDefault(l.Key), [.. runsOf[l.Key]]));
    }
}
