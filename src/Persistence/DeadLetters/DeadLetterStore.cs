using Gateway.Persistence.JobLog;
using Gateway.Persistence.Recording;
using Microsoft.EntityFrameworkCore;

namespace Gateway.Persistence.DeadLetters;

/// <summary>Reads letters and changes where they stand. The <see cref="JobRecorder"/> writes them.</summary>
public sealed class DeadLetterStore(IDbContextFactory<GatewayDbContext> contexts)
{
    /// <summary>Letters that one statement drops.</summary>
    public const int DropSize = 5_000;

    /// <summary>The largest body that is read to be shown, in bytes.</summary>
    public const int LargestShown = 2 * 1024 * 1024;

    // A page ends early when what it says is larger than this, in bytes.
    private const long PageSize = 16 * 1024 * 1024;

    // All that match are changed by one statement, be it a million.
    private static readonly TimeSpan LongestChange = TimeSpan.FromMinutes(5);

    /// <summary>A page of letters.</summary>
    /// <param name="filter">Which.</param>
    /// <param name="isNewestFirst">Else the oldest first.</param>
    /// <param name="after">Where the page starts; null for the first.</param>
    /// <param name="limit">The most letters of the page, at least 1. It has fewer when they are large.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    public async Task<DeadLetterPage> ListAsync(
        DeadLetterFilter filter, bool isNewestFirst, JobCursor? after, int limit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var letters = filter.Of(db.DeadLetters.AsNoTracking());
        if (after is { StartedAt: var at, RunId: var id })
        {
            letters = isNewestFirst
                ? letters.Where(l => l.DiedAt <= at && (l.DiedAt < at || l.LetterId < id))
                : letters.Where(l => l.DiedAt >= at && (l.DiedAt > at || l.LetterId > id));
        }

        letters = isNewestFirst
            ? letters.OrderByDescending(l => l.DiedAt).ThenByDescending(l => l.LetterId)
            : letters.OrderBy(l => l.DiedAt).ThenBy(l => l.LetterId);
        var found = await letters.Take(limit + 1)
            .Select(l => new { l.LetterId, l.DiedAt, Size = l.Body == null ? 0 : l.Body.Length }).ToListAsync(cancellationToken);
        var shown = 0;
        for (var size = 0L; shown < Math.Min(found.Count, limit) && (shown == 0 || size < PageSize); shown++)
        {
            size += Math.Min(found[shown].Size, LargestShown);
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
        return await filter.Of(db.DeadLetters).CountAsync(cancellationToken);
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

    /// <summary>Lets workers put back all letters that match.</summary>
    /// <returns>How many those are.</returns>
    public Task<int> RequeueAsync(DeadLetterFilter filter, Guid requeueId, string by, DateTime at, CancellationToken cancellationToken) =>
        RequeueAsync(filter.Of, requeueId, by, at, cancellationToken);

    /// <summary>Lets a worker put back one letter.</summary>
    /// <returns>False when there is no such letter, or somebody else has dealt with it.</returns>
    public async Task<bool> RequeueAsync(Guid letterId, Guid requeueId, string by, DateTime at, CancellationToken cancellationToken) =>
        await RequeueAsync(
            letters => letters.Where(l => l.LetterId == letterId && l.State == DeadLetterState.Dead), requeueId, by, at, cancellationToken)
            == 1;

    /// <summary>How far an order is; null when no letter belongs to it.</summary>
    public async Task<RequeueProgress?> FindRequeueAsync(Guid requeueId, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var counts = await db.DeadLetters.Where(l => l.RequeueId == requeueId).GroupBy(l => l.State)
            .Select(group => new { State = group.Key, Count = group.Count() })
            .ToDictionaryAsync(group => group.State, group => group.Count, cancellationToken);
        return counts.Count == 0
            ? null
            : new RequeueProgress(
                counts.Values.Sum(),
                counts.GetValueOrDefault(DeadLetterState.Requeued),
                counts.GetValueOrDefault(DeadLetterState.Requeueing));
    }

    /// <summary>Ends an order: what was not put back yet is dead again.</summary>
    public async Task StopRequeueAsync(Guid requeueId, string by, DateTime at, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        db.Database.SetCommandTimeout(LongestChange);
        await db.DeadLetters.Where(l => l.RequeueId == requeueId && l.State == DeadLetterState.Requeueing).ExecuteUpdateAsync(
            set => set.SetProperty(l => l.State, DeadLetterState.Dead).SetProperty(l => l.ChangedBy, by).SetProperty(l => l.ChangedAt, at),
            cancellationToken);
    }

    /// <summary>
    /// Drops all letters that match, for good. What they said is removed; that they were there is known until old jobs are removed.
    /// </summary>
    /// <returns>How many those were.</returns>
    public async Task<int> DropAsync(DeadLetterFilter filter, string by, DateTime at, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        db.Database.SetCommandTimeout(LongestChange);
        int dropped = 0, batch;
        do
        {
            batch = await DropAsync(filter.Of(db.DeadLetters).OrderBy(l => l.DiedAt).Take(DropSize), by, at, cancellationToken);
            dropped += batch;
        }
        while (batch == DropSize);

        return dropped;
    }

    /// <summary>Drops one letter, for good.</summary>
    /// <returns>False when there is no such letter, or somebody else has dealt with it.</returns>
    public async Task<bool> DropAsync(Guid letterId, string by, DateTime at, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var letter = db.DeadLetters.Where(l => l.LetterId == letterId && l.State == DeadLetterState.Dead);
        return await DropAsync(letter, by, at, cancellationToken) == 1;
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

    /// <summary>Takes letters that are to be put back, and that no other worker has taken.</summary>
    public Task<RequeueBatch> TakeRequeueingAsync(CancellationToken cancellationToken) =>
        RequeueBatch.TakeAsync(contexts, cancellationToken);

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
            RequeueId = l.RequeueId,
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

    private async Task<int> RequeueAsync(
        Func<IQueryable<DeadLetter>, IQueryable<DeadLetter>> which,
        Guid requeueId,
        string by,
        DateTime at,
        CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        db.Database.SetCommandTimeout(LongestChange);
        return await which(db.DeadLetters).ExecuteUpdateAsync(
            set => set.SetProperty(l => l.State, DeadLetterState.Requeueing).SetProperty(l => l.RequeueId, requeueId)
                .SetProperty(l => l.ChangedBy, by).SetProperty(l => l.ChangedAt, at),
            cancellationToken);
    }

    private static Task<int> DropAsync(IQueryable<DeadLetter> letters, string by, DateTime at, CancellationToken cancellationToken) =>
        letters.ExecuteUpdateAsync(
            set => set.SetProperty(l => l.State, DeadLetterState.Dropped)
                .SetProperty(l => l.Body, (byte[]?)null).SetProperty(l => l.Headers, (byte[]?)null)
                .SetProperty(l => l.ChangedBy, by).SetProperty(l => l.ChangedAt, at),
            cancellationToken);
}
