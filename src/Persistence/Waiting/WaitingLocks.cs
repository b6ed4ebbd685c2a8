using Microsoft.EntityFrameworkCore;

namespace Gateway.Persistence.Waiting;

/// <summary>
/// How operators' changes go through the waiting room: a merchant after the other, in batches, with the locks that the workers' commits
/// take.
/// </summary>
internal static class WaitingLocks
{
    /// <summary>The merchants of which something matches.</summary>
    public static async Task<IReadOnlyList<Guid>> FindMerchantsAsync(
        IDbContextFactory<GatewayDbContext> contexts, WaitingFilter filter, CancellationToken cancellationToken)
    {
        if (filter.MerchantId is { } merchantId)
        {
            return [merchantId];
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await filter.Narrow(db).Select(w => w.MerchantId).Distinct().OrderBy(id => id).ToListAsync(cancellationToken);
    }

    // The index starts where the batch before ended, and not at all that was released or cancelled before.
    public static IQueryable<WaitingWebhook> From(IQueryable<WaitingWebhook> waiting, DateTime? position) =>
        position is { } dueAt ? waiting.Where(w => w.DueAt >= dueAt) : waiting;

    // Who has this lock has the merchant's road to itself: nothing of it is leased, and no commit about it ends.
    public static Task OfMerchantAsync(GatewayDbContext db, Guid merchantId, CancellationToken cancellationToken) =>
        db.Database.IsSqlite()
        ? Task.CompletedTask
        : db.Database.ExecuteSqlAsync($"select from waiting_merchants where merchant_id = {merchantId} for update", cancellationToken);

    // A commit locks its entries first and then the merchant. To wait for one here would be to wait for each other.
    public static async Task<Guid[]> OfEntriesAsync(
        GatewayDbContext db, Guid merchantId, Guid[] deliveries, CancellationToken cancellationToken) => db.Database.IsSqlite()
        ? deliveries
        : await db.Database.SqlQuery<Guid>(
            $"""
            select delivery_id as "Value" from waiting_webhooks where merchant_id = {merchantId} and delivery_id = any({deliveries})
            for update skip locked
            """).ToArrayAsync(cancellationToken);
}
