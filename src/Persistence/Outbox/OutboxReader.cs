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
        var waiting = db.OutboxMessages.Where(m => m.UnreadableReason == null);
        return new OutboxState(
            await waiting.LongCountAsync(cancellationToken),
            await waiting.OrderBy(m => m.Position).Select(m => (DateTime?)m.CreatedAt).FirstOrDefaultAsync(cancellationToken),
            await db.OutboxMessages.LongCountAsync(m => m.UnreadableReason != null, cancellationToken),
            await waiting.LongCountAsync(m => m.RefusedReason != null, cancellationToken));
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
