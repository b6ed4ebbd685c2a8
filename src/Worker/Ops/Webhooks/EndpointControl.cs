using Gateway.Persistence.Bulk;
using Gateway.Persistence.Endpoints;
using Gateway.Worker.Webhooks.Endpoints;
using Gateway.Worker.Webhooks.Resending;

namespace Gateway.Worker.Ops.Webhooks;

/// <summary>Enables and disables merchants' endpoints. Other workers hear of it within 30 seconds.</summary>
public sealed class EndpointControl(
    EndpointSearch search, EndpointStore endpoints, EndpointHealth health, WebhookResender resending, TimeProvider time)
{
    /// <summary>Sends webhooks to it again, and says how many were skipped.</summary>
    /// <param name="merchantId">The merchant.</param>
    /// <param name="by">Who asks for it.</param>
    /// <param name="cancellationToken">Ends the wait for the database.</param>
    public async Task<Result<EndpointResponse>> EnableAsync(string merchantId, string by, CancellationToken cancellationToken)
    {
        if (await endpoints.FindAsync(merchantId, cancellationToken) is not { } endpoint)
        {
            return EndpointSearch.Unknown(merchantId);
        }

        var disabledAt = await health.EnableAsync(endpoint.MerchantId, by, cancellationToken);
        var shown = await search.FindOneAsync(merchantId, cancellationToken);
        if (disabledAt is null || shown is not { Value: { } enabled })
        {
            return shown;
        }

        var now = time.GetUtcNow();
        var skipped = await resending.CountAsync(
            new BulkJob
            {
                BulkJobId = Guid.Empty,
                Kind = BulkKind.Recover,
                MerchantId = endpoint.MerchantId.ToString(),
                From = disabledAt.Value,
                To = now.UtcDateTime,
                IncludesSkipped = true,
                Total = 0,
                NextAt = now.UtcDateTime,
                CreatedBy = by,
                CreatedAt = now.UtcDateTime,
                UpdatedAt = now.UtcDateTime,
            },
            cancellationToken);
        return Result.Done(
            enabled with
            {
                SkippedSince = skipped,
                Recover = skipped == 0
                    ? null
                    : new RecoverRequest(endpoint.MerchantId.ToString(), null, disabledAt, now, ["skipped"], null, DryRun: false),
            },
            $"enabled, {skipped} skipped since {disabledAt:O}");
    }

    /// <summary>Skips its webhooks from now on.</summary>
    /// <param name="merchantId">The merchant.</param>
    /// <param name="cancellationToken">Ends the wait for the database.</param>
    public async Task<Result<EndpointResponse>> DisableAsync(string merchantId, CancellationToken cancellationToken)
    {
        if (await endpoints.FindAsync(merchantId, cancellationToken) is not { } endpoint)
        {
            return EndpointSearch.Unknown(merchantId);
        }

        if (endpoint.Url is null or "")
        {
            return Refusal.Conflict("No endpoint", $"The merchant {merchantId} has no webhook URL.");
        }

        await health.DisableAsync(endpoint, EndpointHealth.ByOperator, cancellationToken);
        return await search.FindOneAsync(merchantId, cancellationToken);
    }
}
