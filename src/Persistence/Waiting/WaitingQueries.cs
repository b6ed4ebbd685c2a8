using Gateway.Persistence.Webhooks;
using Microsoft.EntityFrameworkCore;

namespace Gateway.Persistence.Waiting;

/// <summary>Statements that are the same on PostgreSQL and SQLite.</summary>
internal static class WaitingQueries
{
    public static Task<int> SetAsideAsync(
        this DbSet<WaitingWebhook> waiting, DeliveryKey key, string reason, CancellationToken cancellationToken)
    {
        var cut = reason[..Math.Min(reason.Length, JobLog.JobRun.DetailLength)];
        return waiting.Where(w => w.DeliveryId == key.DeliveryId && w.MerchantId == key.MerchantId)
            .ExecuteUpdateAsync(set => set.SetProperty(w => w.UnreadableReason, cut), cancellationToken);
    }

    public static Task<int> EndAsync(this DbSet<WaitingLease> leases, DeliveryKey key, CancellationToken cancellationToken) =>
        leases.Where(l => l.DeliveryId == key.DeliveryId && l.MerchantId == key.MerchantId).ExecuteDeleteAsync(cancellationToken);

    public static IQueryable<WaitingWebhook> OnTheRoad(this IQueryable<WaitingWebhook> waiting, GatewayDbContext db) =>
        waiting.Where(w => db.WaitingLeases.Any(l => l.DeliveryId == w.DeliveryId && l.MerchantId == w.MerchantId));

    public static IQueryable<WaitingWebhook> NotOnTheRoad(this IQueryable<WaitingWebhook> waiting, GatewayDbContext db) =>
        waiting.Where(w => !db.WaitingLeases.Any(l => l.DeliveryId == w.DeliveryId && l.MerchantId == w.MerchantId));

    /// <summary>Merchants of whom nothing is released because their endpoint is disabled.</summary>
    public static IQueryable<Guid> DisabledMerchants(this GatewayDbContext db) => db.WebhookEndpoints
        .Where(e => e.DisabledAt != null && e.DisabledUrl != null)
        .Where(e => db.Merchants.Any(m => m.Id == e.MerchantId && m.WebhookUrl == e.DisabledUrl))
        .Select(e => e.MerchantId);

    /// <summary>Endpoints that are left alone for a while. An open circuit is one until a probe has succeeded.</summary>
    public static IQueryable<WebhookEndpoint> HeldEndpoints(this GatewayDbContext db, DateTime now) => db.WebhookEndpoints
        .Where(e => e.HeldUntil != null && (e.HeldUntil > now || e.HoldReason == HoldReason.CircuitOpen)
            && db.Merchants.Any(m => m.Id == e.MerchantId && m.WebhookUrl == e.HeldUrl));

    public static IQueryable<WaitingEntry> AsEntries(this IQueryable<WaitingWebhook> waiting, GatewayDbContext db) => waiting
        .Select(w => new WaitingEntry
        {
            DeliveryId = w.DeliveryId,
            MerchantId = w.MerchantId,
            Event = w.Event,
            Attempt = w.Attempt,
            Round = w.Round,
            Reason = w.Reason,
            DueAt = w.DueAt,
            WaitsSince = w.WaitsSince,
            EnqueuedAt = w.EnqueuedAt,
            UnreadableReason = w.UnreadableReason,
            LeasedUntil = db.WaitingLeases.Where(l => l.DeliveryId == w.DeliveryId && l.MerchantId == w.MerchantId)
                .Select(l => (DateTime?)l.LeasedUntil).SingleOrDefault(),
        });
}
