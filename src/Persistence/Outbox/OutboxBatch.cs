using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;

namespace Gateway.Persistence.Outbox;

/// <summary>
/// Messages that one worker has taken to publish them. On PostgreSQL their rows are locked until the batch is disposed, so that another
/// worker takes other ones; what was not deleted by then is there for the next.
/// </summary>
public sealed class OutboxBatch : IAsyncDisposable
{
    private readonly GatewayDbContext _db;
    private readonly IDbContextTransaction? _transaction;

    private OutboxBatch(GatewayDbContext db, IDbContextTransaction? transaction, IReadOnlyList<TakenMessage> messages) =>
        (_db, _transaction, Messages) = (db, transaction, messages);

    /// <summary>The messages, the oldest first.</summary>
    public IReadOnlyList<TakenMessage> Messages { get; }

    /// <summary>Takes the oldest messages that no other worker has.</summary>
    public static async Task<OutboxBatch> TakeAsync(IDbContextFactory<GatewayDbContext> database, int size, CancellationToken cancellationToken)
    {
        var db = await database.CreateDbContextAsync(cancellationToken);
        try
        {
            if (db.Database.IsNpgsql())
            {
                var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
                return new OutboxBatch(db, transaction, await LockAsync(db, size, cancellationToken));
            }

            // One process has the embedded database to itself.
            var messages = await db.OutboxMessages.AsNoTracking()
                .Where(m => m.UnreadableReason == null)
                .OrderBy(m => m.Position)
                .Take(size)
                .Select(m => new TakenMessage(m.Position, m.MessageId, m.MessageType, m.OrderingKey, m.Body, m.MustArrive, m.TraceParent, false))
                .ToListAsync(cancellationToken);
            return new OutboxBatch(db, null, messages);
        }
        catch
        {
            await db.DisposeAsync();
            throw;
        }
    }

    /// <summary>Ends the batch: what was published is deleted, what cannot be read is marked, the rest is there for the next batch.</summary>
    /// <param name="published">Positions of messages that the broker has confirmed.</param>
    /// <param name="unreadable">Messages that this version of the worker cannot publish, with the reason.</param>
    /// <param name="cancellationToken">Gives up; the messages are then published once more.</param>
    public async Task CompleteAsync(
        IReadOnlyCollection<long> published, IReadOnlyDictionary<long, string> unreadable, CancellationToken cancellationToken)
    {
        if (published.Count > 0)
        {
            await _db.OutboxMessages.Where(m => published.Contains(m.Position)).ExecuteDeleteAsync(cancellationToken);
        }

        foreach (var (position, reason) in unreadable)
        {
            var cut = reason[..Math.Min(reason.Length, 1024)];
            await _db.OutboxMessages.Where(m => m.Position == position)
                .ExecuteUpdateAsync(set => set.SetProperty(m => m.UnreadableReason, cut), cancellationToken);
        }

        if (_transaction is not null)
        {
            await _transaction.CommitAsync(cancellationToken);
        }
    }

    /// <summary>Lets go of what was not completed.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_transaction is not null)
        {
            await _transaction.DisposeAsync();
        }

        await _db.DisposeAsync();
    }

    // A message whose key has an earlier one outside of this batch must wait: another worker is publishing that one. It may be gone
    // by now, since the statement sees the time of its start; then the message waits for the next batch without need.
    private static Task<List<TakenMessage>> LockAsync(GatewayDbContext db, int size, CancellationToken cancellationToken) =>
        db.Database.SqlQuery<TakenMessage>(
            $"""
            with taken as materialized (
                select * from outbox_messages where unreadable_reason is null order by position limit {size} for update skip locked)
            select position, message_id, message_type, ordering_key, body, must_arrive, trace_parent, exists (
                select from outbox_messages earlier
                where earlier.ordering_key = taken.ordering_key and earlier.position < taken.position and earlier.unreadable_reason is null
                    and earlier.position not in (select position from taken)) as must_wait
            from taken order by position
            """).ToListAsync(cancellationToken);
}
