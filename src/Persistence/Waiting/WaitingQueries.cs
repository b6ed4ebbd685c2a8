using Microsoft.EntityFrameworkCore;

namespace Gateway.Persistence.Waiting;

/// <summary>Statements that are the same on PostgreSQL and SQLite.</summary>
internal static class WaitingQueries
{
    public static Task<int> SetAsideAsync(this DbSet<WaitingWebhook> waiting, WaitingKey key, string reason, CancellationToken cancellationToken)
    {
        var cut = reason[..Math.Min(reason.Length, JobLog.JobRun.DetailLength)];
        return waiting.Where(w => w.DeliveryId == key.DeliveryId && w.MerchantId == key.MerchantId)
            .ExecuteUpdateAsync(set => set.SetProperty(w => w.UnreadableReason, cut), cancellationToken);
    }

    public static Task<int> EndAsync(this DbSet<WaitingLease> leases, WaitingKey key, CancellationToken cancellationToken) =>
        leases.Where(l => l.DeliveryId == key.DeliveryId && l.MerchantId == key.MerchantId).ExecuteDeleteAsync(cancellationToken);
}
