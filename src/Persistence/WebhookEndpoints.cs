using Microsoft.EntityFrameworkCore;

namespace Gateway.Persistence;

/// <summary>Looks up where a merchant's webhooks go, and disables an endpoint that wants no more.</summary>
public sealed class WebhookEndpoints(IDbContextFactory<GatewayDbContext> contexts)
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
    /// <param name="cancellationToken">Ends the statement.</param>
    /// <returns>Whether this call disabled it.</returns>
    public async Task<bool> DisableAsync(Guid merchantId, string url, string reason, DateTime at, CancellationToken cancellationToken)
    {
        at = UtcTime.Checked(at);
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
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
        return changed == 1;
    }
}
