using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;

namespace Gateway.Persistence.DeadLetters;

/// <summary>
/// Letters that one worker has taken to put them back. On PostgreSQL their rows are locked until the batch is disposed, so that another
/// worker takes other ones; what was not marked by then is there for the next.
/// </summary>
public sealed class RequeueBatch : IAsyncDisposable
{
    /// <summary>The most letters of a batch.</summary>
    public const int Size = 500;

    // It is loaded into memory, so it ends early when its letters are large; in bytes.
    private const long LargestSize = 8 * 1024 * 1024;

    private readonly GatewayDbContext _db;
    private readonly IDbContextTransaction? _transaction;

    private RequeueBatch(GatewayDbContext db, IDbContextTransaction? transaction) => (_db, _transaction) = (db, transaction);

    /// <summary>The letters, the one that died first first.</summary>
    public IReadOnlyList<TakenLetter> Letters { get; private set; } = [];

    internal static async Task<RequeueBatch> TakeAsync(IDbContextFactory<GatewayDbContext> contexts, CancellationToken cancellationToken)
    {
        var db = await contexts.CreateDbContextAsync(cancellationToken);
        // One process has the embedded database to itself.
        var batch = new RequeueBatch(db, db.Database.IsNpgsql() ? await BeginAsync(db, cancellationToken) : null);
        try
        {
            await batch.LoadAsync(cancellationToken);
            return batch;
        }
        catch
        {
            await batch.DisposeAsync();
            throw;
        }
    }

    /// <summary>Ends the batch. What is named in neither list is there for the next one.</summary>
    /// <param name="requeued">Letters that the broker has confirmed.</param>
    /// <param name="refused">Letters that cannot be sent: they are dead again, and of no order.</param>
    /// <param name="at">UTC.</param>
    /// <param name="cancellationToken">Gives up; the letters are then put back once more.</param>
    public async Task CompleteAsync(Guid[] requeued, Guid[] refused, DateTime at, CancellationToken cancellationToken)
    {
        if (requeued.Length > 0)
        {
            await Taken(requeued).ExecuteUpdateAsync(
                set => set.SetProperty(l => l.State, DeadLetterState.Requeued).SetProperty(l => l.ChangedAt, at), cancellationToken);
        }

        if (refused.Length > 0)
        {
            await Taken(refused).ExecuteUpdateAsync(
                set => set.SetProperty(l => l.State, DeadLetterState.Dead)
                    .SetProperty(l => l.RequeueId, (Guid?)null).SetProperty(l => l.ChangedAt, at),
                cancellationToken);
        }

        if (_transaction is not null)
        {
            await _transaction.CommitAsync(cancellationToken);
        }
    }

    /// <summary>Lets go of what was not marked.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_transaction is not null)
        {
            await _transaction.DisposeAsync();
        }

        await _db.DisposeAsync();
    }

    private static async Task<IDbContextTransaction> BeginAsync(GatewayDbContext db, CancellationToken cancellationToken)
    {
        try
        {
            return await db.Database.BeginTransactionAsync(cancellationToken);
        }
        catch
        {
            await db.DisposeAsync();
            throw;
        }
    }

    private async Task LoadAsync(CancellationToken cancellationToken)
    {
        var sizes = await LockAsync(cancellationToken);
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

    private Task<List<LetterSize>> LockAsync(CancellationToken cancellationToken) => _transaction is null
        ? _db.DeadLetters.Where(l => l.State == DeadLetterState.Requeueing).OrderBy(l => l.LetterId).Take(Size)
            .Select(l => new LetterSize(l.LetterId, l.Body == null ? 0 : l.Body.Length)).ToListAsync(cancellationToken)
        : _db.Database.SqlQuery<LetterSize>(
            $"""
            select letter_id, coalesce(octet_length(body), 0) as size from dead_letters
            where state = 1 order by letter_id limit {Size} for update skip locked
            """).ToListAsync(cancellationToken);

    private IQueryable<DeadLetter> Taken(Guid[] letterIds) =>
        _db.DeadLetters.Where(l => letterIds.Contains(l.LetterId) && l.State == DeadLetterState.Requeueing);

    private sealed record LetterSize(Guid LetterId, int Size);
}
