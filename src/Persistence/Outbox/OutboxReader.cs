using Microsoft.EntityFrameworkCore;

namespace Gateway.Persistence.Outbox;

/// <summary>Tells how much waits in the outbox.</summary>
public sealed class OutboxReader(IDbContextFactory<GatewayDbContext> database)
{
    /// <summary>How much waits now.</summary>
    /// <exception cref="System.Data.Common.DbException">The database cannot be asked.</exception>
    public async Task<OutboxState> ReadAsync(CancellationToken cancellationToken)
    {
        await using var db = await database.CreateDbContextAsync(cancellationToken);
        // One look at the table, which may hold a million messages after the broker was away.
        var counts = await db.OutboxMessages.GroupBy(_ => 1)
            .Select(all => new
            {
                Waiting = all.LongCount(m => m.UnreadableReason == null),
                Unreadable = all.LongCount(m => m.UnreadableReason != null),
                Refused = all.LongCount(m => m.UnreadableReason == null && m.RefusedReason != null),
            })
            .SingleOrDefaultAsync(cancellationToken);
        var oldestAt = await db.OutboxMessages.Where(m => m.UnreadableReason == null)
            .OrderBy(m => m.Position).Select(m => (DateTime?)m.CreatedAt).FirstOrDefaultAsync(cancellationToken);
        return new OutboxState(counts?.Waiting ?? 0, oldestAt, counts?.Unreadable ?? 0, counts?.Refused ?? 0);
    }

    /// <summary>
    /// The oldest of those messages that others have passed, because the broker refuses them, the worker that tried them last does not
    /// know their contract, or they cannot be read.
    /// </summary>
    /// <exception cref="System.Data.Common.DbException">The database cannot be asked.</exception>
    public async Task<IReadOnlyList<StuckMessage>> ListStuckAsync(int limit, CancellationToken cancellationToken)
    {
        await using var db = await database.CreateDbContextAsync(cancellationToken);
        return await db.OutboxMessages
            .Where(m => m.RefusedReason != null || m.UnreadableReason != null)
            .OrderBy(m => m.Position)
            .Take(limit)
            .Select(m => new StuckMessage(
                m.Position, m.MessageId, m.MessageType, m.OrderingKey, m.CreatedAt, m.Body.Length,
                (m.UnreadableReason ?? m.RefusedReason)!, m.Refusals,
                m.UnreadableReason == null ? m.NotBefore : null))
            .ToListAsync(cancellationToken);
    }
}
