using Microsoft.EntityFrameworkCore;

namespace Gateway.Persistence.Outbox;

/// <summary>Tells how much waits in the outbox.</summary>
public sealed class OutboxReader(IDbContextFactory<GatewayDbContext> database)
{
    /// <summary>The state by now.</summary>
    /// <exception cref="System.Data.Common.DbException">The database cannot be asked.</exception>
    public async Task<OutboxState> ReadAsync(CancellationToken cancellationToken)
    {
        await using var db = await database.CreateDbContextAsync(cancellationToken);
        var waiting = db.OutboxMessages.Where(m => m.UnreadableReason == null);
        return new OutboxState(
            await waiting.LongCountAsync(cancellationToken),
            await waiting.OrderBy(m => m.Position).Select(m => (DateTime?)m.CreatedAt).FirstOrDefaultAsync(cancellationToken),
            await db.OutboxMessages.LongCountAsync(m => m.UnreadableReason != null, cancellationToken));
    }
}
