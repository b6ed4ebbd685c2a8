using System.Buffers.Binary;
using Gateway.Persistence.Conversion;
using Microsoft.EntityFrameworkCore;

namespace Gateway.Persistence.Waiting;

/// <summary>What operators ask the waiting room about deliveries, the same on PostgreSQL and SQLite.</summary>
public sealed class WaitingDeliveries(IDbContextFactory<GatewayDbContext> contexts, TimeProvider time)
{
    /// <summary>What waits of a delivery; null when nothing does.</summary>
    /// <param name="deliveryId">The delivery.</param>
    /// <param name="merchantId">The merchant; null for the one whose webhook under this id is due first.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    public async Task<WaitingEntry?> FindAsync(Guid deliveryId, Guid? merchantId, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().UtcDateTime;
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var entry = await db.WaitingWebhooks.Where(w => w.DeliveryId == deliveryId && (merchantId == null || w.MerchantId == merchantId))
            .OrderBy(w => w.DueAt).AsEntries(db).FirstOrDefaultAsync(cancellationToken);
        return entry is null ? null : entry with
        {
            HeldUntil = await db.HeldEndpoints(now).Where(e => e.MerchantId == entry.MerchantId && e.HeldUntil > now)
                .Select(e => e.HeldUntil).SingleOrDefaultAsync(cancellationToken),
        };
    }

    /// <summary>What waits of a delivery, with its message; null when nothing does.</summary>
    /// <param name="deliveryId">The delivery.</param>
    /// <param name="merchantId">The merchant.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    public async Task<WaitingWebhook?> FindWholeAsync(Guid deliveryId, Guid merchantId, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.WaitingWebhooks.AsNoTracking()
            .FirstOrDefaultAsync(w => w.DeliveryId == deliveryId && w.MerchantId == merchantId, cancellationToken);
    }

    /// <summary>What waits for its first attempt and is about something, the soonest first.</summary>
    /// <param name="reference">What it is about, such as a payment's id.</param>
    /// <param name="merchantId">The merchant.</param>
    /// <param name="limit">The most entries.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    public async Task<IReadOnlyList<WaitingEntry>> FindUntriedAsync(
        string reference, Guid merchantId, int limit, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.WaitingWebhooks
            // The second condition tells the planner that the small index holds them.
            .Where(w => w.Reference == reference && w.Reference != null && w.Attempt == 1 && w.MerchantId == merchantId)
            .OrderBy(w => w.DueAt).Take(limit).AsEntries(db).ToListAsync(cancellationToken);
    }

    /// <summary>How many have been on the road since before a time.</summary>
    /// <param name="merchantId">Only this merchant's; null for all.</param>
    /// <param name="before">The time before which they were sent, UTC.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    public async Task<int> CountOnTheRoadAsync(Guid? merchantId, DateTime before, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await OnTheRoad(db, merchantId, before).CountAsync(cancellationToken);
    }

    /// <summary>
    /// Takes for lost what has been on the road since before a time, although its lease lasts longer: it is released again at once.
    /// </summary>
    /// <param name="merchantId">Only this merchant's; null for all.</param>
    /// <param name="before">The time before which they were sent, UTC.</param>
    /// <param name="cancellationToken">Ends the statement.</param>
    /// <returns>How many were taken for lost.</returns>
    /// <remarks>
    /// Its message may be there all the same. So it goes out as one that the broker hands out again, of which the attempt may have been
    /// made.
    /// </remarks>
    public async Task<int> EndLeasesAsync(Guid? merchantId, DateTime before, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return db.Database.IsNpgsql()
            ? await EndLeasesOnPostgresAsync(db, merchantId, before, cancellationToken)
            : await EndLeasesOnSqliteAsync(db, merchantId, before, cancellationToken);
    }

    // What somebody else holds is being recorded and is not lost. The order is that of the other commits, so that nobody waits crosswise.
    private static async Task<int> EndLeasesOnPostgresAsync(
        GatewayDbContext db, Guid? merchantId, DateTime before, CancellationToken cancellationToken)
    {
        var counts = await db.Database.SqlQuery<int>(
            $"""
            with lost as (
                select l.delivery_id, l.merchant_id
                from waiting_leases l join waiting_webhooks w on w.delivery_id = l.delivery_id and w.merchant_id = l.merchant_id
                where l.release_id < {FirstReleaseOf(before)} and ({merchantId}::uuid is null or l.merchant_id = {merchantId})
                for update skip locked),
            doubted as (
                update waiting_webhooks w set is_redelivered = true from lost
                where w.delivery_id = lost.delivery_id and w.merchant_id = lost.merchant_id),
            ended as (
                delete from waiting_leases l using lost
                where l.delivery_id = lost.delivery_id and l.merchant_id = lost.merchant_id returning 1),
            looked as (
                select merchant_id from waiting_merchants where merchant_id in (select merchant_id from lost)
                order by merchant_id for update),
            woken as (
                update waiting_merchants m set next_at = now() from looked where m.merchant_id = looked.merchant_id)
            select count(*)::int as "Value" from ended
            """).ToListAsync(cancellationToken);
        return counts.Single();
    }

    private async Task<int> EndLeasesOnSqliteAsync(
        GatewayDbContext db, Guid? merchantId, DateTime before, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().UtcDateTime;
        var lost = OnTheRoad(db, merchantId, before);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        await db.WaitingWebhooks.Where(w => lost.Any(l => l.DeliveryId == w.DeliveryId && l.MerchantId == w.MerchantId))
            .ExecuteUpdateAsync(set => set.SetProperty(w => w.IsRedelivered, true), cancellationToken);
        await db.WaitingMerchants.Where(merchant => lost.Any(lease => lease.MerchantId == merchant.MerchantId))
            .ExecuteUpdateAsync(set => set.SetProperty(merchant => merchant.NextAt, now), cancellationToken);
        var ended = await lost.ExecuteDeleteAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return ended;
    }

    private static IQueryable<WaitingLease> OnTheRoad(GatewayDbContext db, Guid? merchantId, DateTime before)
    {
        // A lease has no beginning, and lasts longer where its queue is paused. The id of its release is a UUID of version 7, which begins
        // with the time.
        var first = FirstReleaseOf(before);
        return db.WaitingLeases.Where(lease => lease.ReleaseId < first && (merchantId == null || lease.MerchantId == merchantId));
    }

    // No id of version 7 that is made at this time or later is smaller.
    private static Guid FirstReleaseOf(DateTime time)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteInt64BigEndian(bytes, new DateTimeOffset(UtcTime.Checked(time)).ToUnixTimeMilliseconds() << 16);
        return new Guid(bytes, bigEndian: true);
    }
}
