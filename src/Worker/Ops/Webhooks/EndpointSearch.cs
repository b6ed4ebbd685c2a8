using Gateway.Persistence;
using Gateway.Persistence.Endpoints;
using Gateway.Worker.Webhooks.Endpoints;
using Microsoft.EntityFrameworkCore;

namespace Gateway.Worker.Ops.Webhooks;

/// <summary>Finds merchants' endpoints.</summary>
public sealed class EndpointSearch(EndpointStore endpoints, EndpointHolds holds, IDbContextFactory<GatewayDbContext> contexts)
{
    private const int MostEndpoints = 1_000;

    /// <summary>The endpoints that fail or are disabled.</summary>
    /// <param name="state"><c>failing</c> or <c>disabled</c>; null for both.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    public async Task<Result<EndpointsResponse>> FindAsync(string? state, CancellationToken cancellationToken)
    {
        if (state is not (null or "disabled" or "failing"))
        {
            return Refusal.NotAFilter($"state '{state}' is not one of disabled, failing.");
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var rows = await db.WebhookEndpoints.AsNoTracking()
            .Join(db.Merchants, e => e.MerchantId, m => m.Id, (e, m) => new { Row = e, Url = m.WebhookUrl })
            .Where(x => state != "failing"
                ? (x.Row.DisabledAt != null && x.Row.DisabledUrl == x.Url)
                    || (state == null && x.Row.FailingSince != null && x.Row.FailingUrl == x.Url)
                : x.Row.FailingSince != null && x.Row.FailingUrl == x.Url)
            .OrderBy(x => x.Row.UpdatedAt).Take(MostEndpoints)
            .ToListAsync(cancellationToken);
        return new EndpointsResponse([.. rows.Select(x => Show(
            x.Row.MerchantId,
            x.Url,
            x.Row.DisabledUrl == x.Url ? x.Row.DisabledAt : null,
            x.Row.DisabledReason,
            x.Row.FailingUrl == x.Url ? x.Row.FailingSince : null))]);
    }

    /// <summary>The endpoint of one merchant.</summary>
    public async Task<Result<EndpointResponse>> FindOneAsync(string merchantId, CancellationToken cancellationToken) =>
        await endpoints.FindAsync(merchantId, cancellationToken) is { } endpoint
            ? Show(
                endpoint.MerchantId,
                endpoint.Url,
                endpoint.IsDisabled ? endpoint.DisabledAt : null,
                endpoint.DisabledReason,
                endpoint.IsFailing ? endpoint.FailingSince : null)
            : Unknown(merchantId);

    internal static Refusal Unknown(string merchantId) =>
        Refusal.NotFound("Merchant not found", $"There is no merchant '{merchantId}'.");

    private EndpointResponse Show(Guid merchantId, string? url, DateTime? disabledAt, string? reason, DateTime? failingSince) => new()
    {
        MerchantId = merchantId.ToString(),
        State = disabledAt is null ? "enabled" : "disabled",
        Reason = disabledAt is null ? null : reason,
        Since = disabledAt,
        FailingSince = failingSince,
        HeldUntil = holds.Find(merchantId, url)?.Until,
        HoldReason = holds.Find(merchantId, url)?.Reason,
    };
}
