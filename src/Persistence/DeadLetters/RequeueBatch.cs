using Microsoft.EntityFrameworkCore;

namespace Gateway.Persistence.DeadLetters;

/// <summary>
/// Letters that one worker puts back. It has the turn until the batch is disposed, and no other worker takes any meanwhile; no transaction
/// with data in it is open while the broker is waited for. What was not marked by then is there for the next.
/// </summary>
public sealed class RequeueBatch : IAsyncDisposable
{
    /// <summary>The most letters of a batch.</summary>
    public const int Size = 500;

    // It is loaded into memory, so it ends early when its letters are large; in bytes.
    private const long LargestSize = 8 * 1024 * 1024;

    private readonly GatewayDbContext _db;
    private readonly DatabaseLock? _turn;

    private RequeueBatch(GatewayDbContext db, DatabaseLock? turn) => (_db, _turn) = (db, turn);

    /// <summary>The letters, the one that died first first.</summary>
    public IReadOnlyList<TakenLetter> Letters { get; private set; } = [];

    internal static async Task<RequeueBatch> TakeAsync(IDbContextFactory<GatewayDbContext> contexts, CancellationToken cancellationToken)
    {
        var db = await contexts.CreateDbContextAsync(cancellationToken);
        DatabaseLock? turn = null;
        try
        {
            var hasAny = await db.DeadLetters.AnyAsync(l => l.State == DeadLetterState.Requeueing, cancellationToken);
            // One process has the embedded database to itself.
            var isShared = db.Database.IsNpgsql();
            turn = hasAny && isShared ? await DatabaseLock.TryTakeAsync(contexts, "requeue", cancellationToken) : null;
            var batch = new RequeueBatch(db, turn);
            if (hasAny && (turn is not null || !isShared))
            {
                await batch.LoadAsync(cancellationToken);
            }

            return batch;
        }
        catch
        {
            await EndAsync(db, turn);
            throw;
        }
    }

    /// <summary>Marks the letters. What is named in neither list is there for the next batch.</summary>
    /// <param name="requeued">Letters that the broker has confirmed, whether or not somebody has ended their requeue meanwhile.</param>
    /// <param name="refused">Letters that cannot be sent: they are dead again, and of no order.</param>
    /// <param name="at">UTC.</param>
    /// <param name="cancellationToken">Gives up; the letters are then put back once more.</param>
    public async Task CompleteAsync(Guid[] requeued, Guid[] refused, DateTime at, CancellationToken cancellationToken)
    {
        if (requeued.Length > 0)
        {
            await _db.DeadLetters
                .Where(l => requeued.Contains(l.LetterId) && (l.State == DeadLetterState.Requeueing || l.State == DeadLetterState.Dead))
                .ExecuteUpdateAsync(
                    set => set.SetProperty(l => l.State, DeadLetterState.Requeued).SetProperty(l => l.ChangedAt, at), cancellationToken);
        }

        if (refused.Length > 0)
        {
            await _db.DeadLetters.Where(l => refused.Contains(l.LetterId) && l.State == DeadLetterState.Requeueing).ExecuteUpdateAsync(
                set => set.SetProperty(l => l.State, DeadLetterState.Dead)
                    .SetProperty(l => l.RequeueId, (Guid?)null).SetProperty(l => l.ChangedAt, at),
                cancellationToken);
        }
    }

    /// <summary>Lets the next worker take its turn.</summary>
    public ValueTask DisposeAsync() => EndAsync(_db, _turn);

    private static async ValueTask EndAsync(GatewayDbContext db, DatabaseLock? turn)
    {
        await db.DisposeAsync();
        if (turn is not null)
        {
            await turn.DisposeAsync();
        }
    }

    private async Task LoadAsync(CancellationToken cancellationToken)
    {
        var sizes = await _db.DeadLetters.Where(l => l.State == DeadLetterState.Requeueing).OrderBy(l => l.LetterId).Take(Size)
            .Select(l => new { l.LetterId, Size = l.Body == null ? 0 : l.Body.Length }).ToListAsync(cancellationToken);
        var size = 0L;
        Guid[] ids = [.. sizes.TakeWhile((letter, i) => (size += letter.Size) <= LargestSize || i == 0).Select(letter => letter.LetterId)];
        if (ids.Length == 0)
        {
            return;
        }

        var letters = await DeadLetterStore.Load(_db, ids, int.MaxValue).ToListAsync(cancellationToken);
        var kept = await DeadLetterStore.LoadKeptAsync(_db, letters, cancellationToken);
        Guid?[] jobs = [.. letters.Select(l => l.JobId)];
        var rounds = await _db.JobRuns.Where(run => jobs.Contains(run.JobId)).GroupBy(run => run.JobId)
            .Select(group => new { JobId = group.Key, Round = group.Max(run => run.Round) })
            .ToDictionaryAsync(job => job.JobId, job => job.Round, cancellationToken);
        Letters =
        [
            .. letters.OrderBy(l => l.DiedAt).Select(l =>
                new TakenLetter(l, kept.GetValueOrDefault((l.JobId, l.MerchantId)), rounds.GetValueOrDefault(l.JobId ?? Guid.Empty))),
        ];
    }
}
