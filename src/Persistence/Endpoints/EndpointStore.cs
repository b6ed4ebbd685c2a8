using Gateway.Persistence.Conversion;
using Gateway.Persistence.Outbox;
using Gateway.Persistence.Webhooks;
using Microsoft.EntityFrameworkCore;

namespace Gateway.Persistence.Endpoints;

/// <summary>Looks up where a merchant's webhooks go, and disables an endpoint that wants no more.</summary>
public sealed class EndpointStore(IDbContextFactory<GatewayDbContext> contexts)
{
    private static readonly Func<GatewayDbContext, Guid, CancellationToken, Task<MerchantEndpoint?>> Find = EF.CompileAsyncQuery(
        (GatewayDbContext db, Guid id, CancellationToken _) => db.Merchants.AsNoTracking()
            .Where(merchant => merchant.Id == id)
            .LeftJoin(
                db.WebhookEndpoints,
                merchant => merchant.Id,
                endpoint => endpoint.MerchantId,
                (merchant, endpoint) => new MerchantEndpoint
                {
                    MerchantId = merchant.Id,
                    Status = merchant.Status,
                    KycTier = merchant.KycTier,
                    Url = merchant.WebhookUrl,
                    Secret = merchant.WebhookSecret,
                    Events = merchant.WebhookEvents,
                    DisabledAt = endpoint!.DisabledAt,
                    DisabledReason = endpoint.DisabledReason,
                    DisabledUrl = endpoint.DisabledUrl,
                    FailingSince = endpoint.FailingSince,
                    FailingUrl = endpoint.FailingUrl,
                    FailedTimes = (int?)endpoint.FailedTimes ?? 0,
                    LastFailedAt = endpoint.LastFailedAt,
                    PreviousSecret = endpoint.PreviousSecret,
                    PreviousSecretExpiresAt = endpoint.PreviousSecretExpiresAt,
                })
            .SingleOrDefault());

    /// <summary>What a delivery needs to know about a merchant; null when there is no such merchant.</summary>
    /// <param name="merchantId">As a message carries it. Text that is no UUID is an unknown merchant and costs no query.</param>
    /// <param name="cancellationToken">Ends the look-up.</param>
    /// <exception cref="System.Data.Common.DbException">The database cannot be asked; that says nothing about the merchant.</exception>
    public async Task<MerchantEndpoint?> FindAsync(string merchantId, CancellationToken cancellationToken)
    {
        if (!Guid.TryParseExact(merchantId, "D", out var id))
        {
            return null;
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await Find(db, id, cancellationToken);
    }

    /// <summary>
    /// Disables the endpoint. One that is disabled already at the same URL stays as it is, so that of several workers which meet
    /// the same answer exactly one is told that it changed something.
    /// </summary>
    /// <param name="merchantId">The merchant.</param>
    /// <param name="url">The URL that is to be disabled, as the merchant configured it.</param>
    /// <param name="reason">Why, as one word, at most 64 characters.</param>
    /// <param name="at">Now, UTC.</param>
    /// <param name="notification">The event that tells others, written with the change or not at all.</param>
    /// <param name="cancellationToken">Ends the statement.</param>
    /// <returns>Whether this call disabled it.</returns>
    public async Task<bool> DisableAsync(
        Guid merchantId, string url, string reason, DateTime at, OutboxMessage notification, CancellationToken cancellationToken)
    {
        at = UtcTime.Checked(at);
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        await db.Database.EndWhenAbandonedAsync(cancellationToken);
        var changed = await db.Database.ExecuteSqlAsync(
            $"""
            insert into webhook_endpoints as known (merchant_id, disabled_at, disabled_reason, disabled_url, updated_at)
            values ({merchantId}, {at}, {reason}, {url}, {at})
            on conflict (merchant_id) do update
            set disabled_at = excluded.disabled_at, disabled_reason = excluded.disabled_reason,
                disabled_url = excluded.disabled_url, updated_at = excluded.updated_at
            where known.disabled_at is null or known.disabled_url is distinct from excluded.disabled_url
            """,
            cancellationToken);
        if (changed == 1)
        {
            db.OutboxMessages.Add(notification);
            await db.SaveChangesAsync(cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
        return changed == 1;
    }

    /// <summary>Enables an endpoint, forgets that it failed, and lets what waits for it go.</summary>
    /// <returns>Since when it was disabled, UTC; null when it was not.</returns>
    public async Task<DateTime?> EnableAsync(Guid merchantId, DateTime at, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var disabledAt = await db.WebhookEndpoints.Where(e => e.MerchantId == merchantId).Select(e => e.DisabledAt)
            .SingleOrDefaultAsync(cancellationToken);
        await db.WebhookEndpoints.Where(e => e.MerchantId == merchantId).ExecuteUpdateAsync(
            set => set
                .SetProperty(e => e.DisabledAt, (DateTime?)null)
                .SetProperty(e => e.DisabledReason, (string?)null)
                .SetProperty(e => e.DisabledUrl, (string?)null)
                .SetProperty(e => e.FailingSince, (DateTime?)null)
                .SetProperty(e => e.FailingUrl, (string?)null)
                .SetProperty(e => e.FailedTimes, 0)
                .SetProperty(e => e.LastFailedAt, (DateTime?)null)
                .SetProperty(e => e.HeldUntil, (DateTime?)null)
                .SetProperty(e => e.HeldSince, (DateTime?)null)
                .SetProperty(e => e.HoldReason, (string?)null)
                .SetProperty(e => e.HeldUrl, (string?)null)
                .SetProperty(e => e.FailedProbes, 0)
                .SetProperty(e => e.UpdatedAt, at),
            cancellationToken);
        // The database's clock decides what is due.
        var now = db.Database.IsNpgsql() ? await db.ReadClockAsync(TimeProvider.System, cancellationToken) : at;
        await db.WaitingMerchants.Where(m => m.MerchantId == merchantId)
            .ExecuteUpdateAsync(set => set.SetProperty(m => m.NextAt, now), cancellationToken);
        return disabledAt;
    }

    /// <summary>An attempt failed: from now on, or from before, the endpoint fails.</summary>
    /// <param name="merchantId">The merchant.</param>
    /// <param name="url">The URL, as the merchant configured it.</param>
    /// <param name="at">When, UTC.</param>
    /// <param name="apart">How long after the last failure that was counted this one must come to be counted.</param>
    /// <param name="cancellationToken">Ends the statement.</param>
    public async Task MarkFailingAsync(Guid merchantId, string url, DateTime at, TimeSpan apart, CancellationToken cancellationToken)
    {
        at = UtcTime.Checked(at);
        var before = at - apart;
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await db.Database.ExecuteSqlAsync(
            $"""
            insert into webhook_endpoints as known (merchant_id, failing_since, failing_url, failed_times, last_failed_at, updated_at)
            values ({merchantId}, {at}, {url}, 1, {at}, {at})
            on conflict (merchant_id) do update
            set failing_since = case when known.failing_url = excluded.failing_url and known.failing_since is not null
                    then known.failing_since else excluded.failing_since end,
                failed_times = case when known.failing_url = excluded.failing_url and known.failing_since is not null
                    then known.failed_times + 1 else 1 end,
                failing_url = excluded.failing_url, last_failed_at = excluded.last_failed_at, updated_at = excluded.updated_at
            where known.failing_since is null or known.failing_url is distinct from excluded.failing_url
                or known.last_failed_at is null or known.last_failed_at <= {before}
            """,
            cancellationToken);
    }
}
