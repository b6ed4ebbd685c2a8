using Microsoft.EntityFrameworkCore;

namespace Gateway.Persistence.Outbox;

/// <summary>
/// Messages that one worker has taken to publish them. On PostgreSQL they are lent to it for a time, so that another worker takes other
/// ones and no transaction is open while the broker is waited for; what a worker that died had taken is there for the next when that time
/// is over.
/// </summary>
public sealed class OutboxBatch
{
    private static readonly TimeSpan LongestRest = TimeSpan.FromMinutes(5);

    // Beside those that are tried for the first time, so that they never stand in front of them.
    private const int RefusedAtOnce = 100;

    private readonly IDbContextFactory<GatewayDbContext> _database;
    private readonly TimeProvider _time;

    private OutboxBatch(IDbContextFactory<GatewayDbContext> database, TimeProvider time, IReadOnlyList<TakenMessage> messages) =>
        (_database, _time, Messages) = (database, time, messages);

    /// <summary>The messages, the oldest first.</summary>
    public IReadOnlyList<TakenMessage> Messages { get; }

    /// <summary>Takes the oldest messages that no other worker has and that are not set aside at the moment.</summary>
    /// <param name="database">Where they are.</param>
    /// <param name="size">How many at most, beside up to 100 that the broker refused before.</param>
    /// <param name="lease">For how long they belong to this worker.</param>
    /// <param name="time">Tells in embedded mode which ones are set aside.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<OutboxBatch> TakeAsync(
        IDbContextFactory<GatewayDbContext> database, int size, TimeSpan lease, TimeProvider time, CancellationToken cancellationToken)
    {
        await using var db = await database.CreateDbContextAsync(cancellationToken);
        if (db.Database.IsNpgsql())
        {
            return new OutboxBatch(database, time, await LeaseAsync(db, size, lease, cancellationToken));
        }

        // One process has the embedded database to itself.
        var now = time.GetUtcNow().UtcDateTime;
        var messages = await db.OutboxMessages.AsNoTracking()
            .Where(m => m.UnreadableReason == null && (m.NotBefore == null || m.NotBefore <= now))
            .OrderBy(m => m.Position)
            .Take(size)
            .Select(m => new TakenMessage(
                m.Position, m.MessageId, m.MessageType, m.OrderingKey, m.Body, m.MustArrive, m.TraceParent, false, m.Refusals, false))
            .ToListAsync(cancellationToken);
        return new OutboxBatch(database, time, messages);
    }

    /// <summary>
    /// Ends the batch: what was published is deleted, what cannot be read is marked, what cannot be published now is set aside for a time
    /// that doubles, and the rest is there for the next batch.
    /// </summary>
    /// <param name="published">Positions of messages that the broker has confirmed.</param>
    /// <param name="unreadable">Messages that this version of the worker cannot publish, with the reason.</param>
    /// <param name="refused">Messages that cannot be published now, with the reason.</param>
    /// <param name="cancellationToken">Gives up; the messages are then published once more.</param>
    public async Task CompleteAsync(
        IReadOnlyCollection<long> published,
        IReadOnlyDictionary<long, string> unreadable,
        IReadOnlyDictionary<long, string> refused,
        CancellationToken cancellationToken)
    {
        await using var db = await _database.CreateDbContextAsync(cancellationToken);
        if (published.Count > 0)
        {
            await db.OutboxMessages.Where(m => published.Contains(m.Position)).ExecuteDeleteAsync(cancellationToken);
        }

        foreach (var (position, reason) in unreadable)
        {
            var cut = Cut(reason);
            await db.OutboxMessages.Where(m => m.Position == position)
                .ExecuteUpdateAsync(set => set.SetProperty(m => m.UnreadableReason, cut), cancellationToken);
        }

        await SetAsideAsync(db, refused, cancellationToken);
        if (db.Database.IsNpgsql())
        {
            var taken = Messages.Where(m => !m.MustWait).Select(m => m.Position);
            long[] rest = [.. taken.Except(published).Except(unreadable.Keys).Except(refused.Keys)];
            if (rest.Length > 0)
            {
                await db.OutboxMessages.Where(m => rest.Contains(m.Position))
                    .ExecuteUpdateAsync(set => set.SetProperty(m => m.NotBefore, (DateTime?)null), cancellationToken);
            }
        }
    }

    private static string Cut(string reason) => reason[..Math.Min(reason.Length, 1024)];

    private async Task SetAsideAsync(GatewayDbContext db, IReadOnlyDictionary<long, string> refused, CancellationToken cancellationToken)
    {
        if (refused.Count == 0)
        {
            return;
        }

        if (db.Database.IsNpgsql())
        {
            var (positions, reasons) = (refused.Keys.ToArray(), refused.Values.Select(Cut).ToArray());
            await db.Database.ExecuteSqlAsync(
                $"""
                update outbox_messages m
                set not_before = now() + least({LongestRest}, power(2, least(m.refusals, 10)) * interval '1 second'),
                    refusals = least(m.refusals + 1, 32767), refused_reason = refused.reason
                from unnest({positions}, {reasons}) as refused (position, reason) where m.position = refused.position
                """,
                cancellationToken);
            return;
        }

        var later = _time.GetUtcNow().UtcDateTime + LongestRest;
        foreach (var (position, reason) in refused)
        {
            var cut = Cut(reason);
            await db.OutboxMessages.Where(m => m.Position == position).ExecuteUpdateAsync(
                set => set
                    .SetProperty(m => m.NotBefore, later)
                    .SetProperty(m => m.Refusals, m => (short)(m.Refusals + 1))
                    .SetProperty(m => m.RefusedReason, cut),
                cancellationToken);
        }
    }

    // A message whose key has an earlier one outside of this batch must wait: another worker is publishing that one. It may be gone
    // by now, since the statement sees the time of its start; then the message waits for the next batch without need. One that was refused
    // has lost its place: neither does it wait for those before it, nor do those after it.
    private static Task<List<TakenMessage>> LeaseAsync(
        GatewayDbContext db, int size, TimeSpan lease, CancellationToken cancellationToken) =>
        db.Database.SqlQuery<TakenMessage>(
            $"""
            with fresh as materialized (
                select * from outbox_messages
                where unreadable_reason is null and refused_reason is null and (not_before is null or not_before <= now())
                order by position limit {size} for update skip locked),
            refused as materialized (
                select * from outbox_messages where unreadable_reason is null and refused_reason is not null and not_before <= now()
                order by not_before limit {RefusedAtOnce} for update skip locked),
            taken as materialized (select * from fresh union all select * from refused),
            judged as materialized (
                select taken.*, refused_reason is null and exists (
                    select from outbox_messages earlier
                    where earlier.ordering_key = taken.ordering_key and earlier.position < taken.position
                        and earlier.unreadable_reason is null and earlier.refused_reason is null
                        and earlier.position not in (select position from taken)) as must_wait
                from taken),
            lent as (
                update outbox_messages set not_before = now() + {lease} from judged
                where outbox_messages.position = judged.position and not judged.must_wait)
            select position, message_id, message_type, ordering_key, body, must_arrive, trace_parent, must_wait, refusals,
                coalesce(refused_reason = {OutboxMessage.NotTaken}, false) as is_suspect from judged order by position
            """).ToListAsync(cancellationToken);
}
