using Gateway.Persistence.Webhooks;
using Microsoft.EntityFrameworkCore;

namespace Gateway.Persistence.Waiting;

/// <summary>The waiting room of embedded mode, which one process has to itself.</summary>
internal sealed class SqliteWaitingRoom(IDbContextFactory<GatewayDbContext> contexts, TimeProvider time) : IWaitingRoom
{
    // As many as one look of a database without another process needs.
    private const int MostPerMerchant = 1_000;

    // For a merchant who is left alone: it may be over sooner.
    private static readonly TimeSpan ClosedPause = TimeSpan.FromMinutes(1);

    private DateTime Now => time.GetUtcNow().UtcDateTime;

    public async Task<IReadOnlyList<ReleasedWebhook>> TakeAsync(ReleaseLimits limits, CancellationToken cancellationToken)
    {
        var now = Now;
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var due = await db.WaitingMerchants.AsNoTracking().Where(m => m.NextAt <= now).ToListAsync(cancellationToken);
        List<ReleasedWebhook> released = [];
        var looks = 0;
        foreach (var merchant in due.OrderByDescending(m => m.Rank + ((now - m.NextAt) / ReleaseLimits.OverdueForOneRank)))
        {
            // Merchants who are left alone, or whose road is full, keep nobody behind them waiting.
            if (looks++ >= limits.Merchants && released.Count > 0)
            {
                break;
            }

            released.AddRange(await TakeOfAsync(db, merchant.MerchantId, limits, now, cancellationToken));
        }

        return released;
    }

    public async Task<IReadOnlyList<ReleasedWebhook>> TakeLostAsync(ReleaseLimits limits, int limit, CancellationToken cancellationToken)
    {
        var now = Now;
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await db.WaitingLeases.Where(l => l.LeasedUntil < now
                && !db.WaitingWebhooks.Any(w => w.DeliveryId == l.DeliveryId && w.MerchantId == l.MerchantId))
            .ExecuteDeleteAsync(cancellationToken);
        var lost = await db.WaitingLeases
            .Where(l => l.LeasedUntil < now && db.WaitingWebhooks.Any(w => w.DeliveryId == l.DeliveryId && w.MerchantId == l.MerchantId
                && w.UnreadableReason == null && (limits.FirstAttempts || w.Attempt > 1) && (limits.Retries || w.Attempt == 1)))
            .OrderBy(l => l.ReleaseId).Take(limit).ToListAsync(cancellationToken);
        List<ReleasedWebhook> released = [];
        var releaseId = Guid.CreateVersion7(time.GetUtcNow());
        foreach (var lease in lost)
        {
            (lease.ReleaseId, lease.LeasedUntil, lease.Releases) =
                (releaseId, now + limits.SendingTime, (short)Math.Min(lease.Releases + 1, short.MaxValue));
            released.Add(ReleasedOf(
                await db.WaitingWebhooks.AsNoTracking()
                    .SingleAsync(w => w.DeliveryId == lease.DeliveryId && w.MerchantId == lease.MerchantId, cancellationToken),
                lease));
        }

        await db.SaveChangesAsync(cancellationToken);
        return released;
    }

    public async Task<IReadOnlyList<WaitingWebhook>> ReadAsync(
        IReadOnlyCollection<ReleasedWebhook> released, CancellationToken cancellationToken)
    {
        Guid[] deliveries = [.. released.Select(webhook => webhook.DeliveryId)];
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var found = await db.WaitingWebhooks.AsNoTracking().Where(w => deliveries.Contains(w.DeliveryId))
            .Join(
                db.WaitingLeases,
                w => new { w.DeliveryId, w.MerchantId },
                l => new { l.DeliveryId, l.MerchantId },
                (w, l) => new { Entry = w, l.ReleaseId })
            .ToListAsync(cancellationToken);
        var leased = released.Select(webhook => (webhook.Key, webhook.ReleaseId, webhook.Attempt)).ToHashSet();
        return [.. found.Where(one => leased.Contains((one.Entry.Key, one.ReleaseId, one.Entry.Attempt))).Select(one => one.Entry)];
    }

    public Task SentAsync(Guid releaseId, IReadOnlyCollection<DeliveryKey> keys, TimeSpan lease, CancellationToken cancellationToken) =>
        LeaseUntilAsync(releaseId, keys, Now + lease, cancellationToken);

    public Task NotSentAsync(Guid releaseId, IReadOnlyCollection<DeliveryKey> keys, CancellationToken cancellationToken) =>
        LeaseUntilAsync(releaseId, keys, WaitingLease.NotSent, cancellationToken);

    public async Task SetAsideAsync(DeliveryKey key, string reason, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await db.WaitingWebhooks.SetAsideAsync(key, reason, cancellationToken);
        await db.WaitingLeases.EndAsync(key, cancellationToken);
    }

    public async Task ProlongAsync(ReleaseLimits limits, TimeSpan lease, CancellationToken cancellationToken)
    {
        var until = Now + lease;
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await db.WaitingLeases
            .Where(l => l.LeasedUntil > WaitingLease.NotSent)
            .Where(l => db.WaitingWebhooks.Any(w => w.DeliveryId == l.DeliveryId && w.MerchantId == l.MerchantId
                && ((!limits.FirstAttempts && w.Attempt == 1) || (!limits.Retries && w.Attempt > 1))))
            .ExecuteUpdateAsync(set => set.SetProperty(l => l.LeasedUntil, until), cancellationToken);
    }

    public async Task EndLeasesAsync(CancellationToken cancellationToken)
    {
        var now = Now;
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await db.WaitingLeases.ExecuteDeleteAsync(cancellationToken);
        await db.WaitingMerchants.ExecuteUpdateAsync(set => set.SetProperty(m => m.NextAt, now), cancellationToken);
    }

    private async Task LeaseUntilAsync(
        Guid releaseId, IReadOnlyCollection<DeliveryKey> keys, DateTime until, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        foreach (var key in keys)
        {
            await db.WaitingLeases.Where(l => l.ReleaseId == releaseId && l.DeliveryId == key.DeliveryId && l.MerchantId == key.MerchantId)
                .ExecuteUpdateAsync(set => set.SetProperty(l => l.LeasedUntil, until), cancellationToken);
        }
    }

    private async Task<IReadOnlyList<ReleasedWebhook>> TakeOfAsync(
        GatewayDbContext db, Guid merchantId, ReleaseLimits limits, DateTime now, CancellationToken cancellationToken)
    {
        // One writer at a time, from the look to the lease: what a commit lets wait meanwhile sets the next look after this.
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var endpoint = await db.WebhookEndpoints.SingleOrDefaultAsync(e => e.MerchantId == merchantId, cancellationToken);
        var url = await db.Merchants.Where(m => m.Id == merchantId).Select(m => m.WebhookUrl).SingleOrDefaultAsync(cancellationToken);
        var isHeld = endpoint is { HeldUntil: not null } && endpoint.HeldUrl == url;
        List<ReleasedWebhook> released = [];
        DateTime next;
        if (endpoint?.DisabledAt is not null && endpoint.DisabledUrl == url)
        {
            next = now + ClosedPause;
        }
        else if (isHeld && endpoint!.HeldUntil > now)
        {
            next = endpoint.HeldUntil < now + ClosedPause ? endpoint.HeldUntil.Value : now + ClosedPause;
        }
        else
        {
            var isProbe = isHeld && endpoint!.HoldReason == HoldReason.CircuitOpen;
            var room = (isProbe ? 1 : limits.PerMerchant)
                // What lies in a queue that is paused takes no room from what goes to the other one.
                - await db.WaitingLeases.CountAsync(
                    l => l.MerchantId == merchantId && db.WaitingWebhooks.Any(w => w.DeliveryId == l.DeliveryId
                        && w.MerchantId == merchantId
                        && (limits.FirstAttempts || w.Attempt > 1) && (limits.Retries || w.Attempt == 1)),
                    cancellationToken);
            var waiting = db.WaitingWebhooks.Where(w => w.MerchantId == merchantId && w.UnreadableReason == null
                && !db.WaitingLeases.Any(l => l.DeliveryId == w.DeliveryId && l.MerchantId == w.MerchantId));
            var due = await waiting.AsNoTracking()
                .Where(w => w.DueAt <= now && (limits.FirstAttempts || w.Attempt > 1) && (limits.Retries || w.Attempt == 1))
                .OrderBy(w => w.DueAt).Take(Math.Clamp(room, 0, MostPerMerchant)).ToListAsync(cancellationToken);
            var releaseId = Guid.CreateVersion7(time.GetUtcNow());
            foreach (var entry in due)
            {
                var lease = new WaitingLease
                {
                    DeliveryId = entry.DeliveryId,
                    MerchantId = merchantId,
                    ReleaseId = releaseId,
                    LeasedUntil = now + limits.SendingTime,
                    Releases = 1,
                };
                db.Add(lease);
                released.Add(ReleasedOf(entry, lease) with { IsProbe = isProbe });
            }

            if (isProbe && released.Count > 0)
            {
                endpoint!.HeldUntil = now + limits.ProbeTime;
            }

            await db.SaveChangesAsync(cancellationToken);
            var rest = await waiting.OrderBy(w => w.DueAt).Select(w => (DateTime?)w.DueAt).FirstOrDefaultAsync(cancellationToken);
            next = released.Count == room ? now.AddSeconds(30)
                : rest is not { } dueAt ? DateTime.SpecifyKind(DateTime.MaxValue, DateTimeKind.Utc)
                : dueAt <= now ? now.AddSeconds(5)
                : dueAt;
        }

        await db.WaitingMerchants.Where(m => m.MerchantId == merchantId)
            .ExecuteUpdateAsync(set => set.SetProperty(m => m.NextAt, next), cancellationToken);
        if (!await db.WaitingWebhooks.AnyAsync(w => w.MerchantId == merchantId, cancellationToken))
        {
            await db.WaitingMerchants.Where(m => m.MerchantId == merchantId).ExecuteDeleteAsync(cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
        return released;
    }

    private static ReleasedWebhook ReleasedOf(WaitingWebhook entry, WaitingLease lease) => new(
        entry.DeliveryId, entry.MerchantId, lease.ReleaseId, lease.Releases, entry.DueAt, entry.Attempt, entry.Message.Length);
}
