using Gateway.Persistence;
using Gateway.Persistence.Operations;
using Gateway.Worker.Ops.Access;
using Gateway.Worker.Webhooks.Endpoints;
using Gateway.Worker.Webhooks.Recovery;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Gateway.Worker.Ops.Webhooks;

/// <summary>Look at merchants' endpoints, enable and disable them. Other workers hear of it within 30 seconds.</summary>
public static class EndpointsApi
{
    private const int MostEndpoints = 1_000;

    /// <summary>Maps the routes under <c>/api/webhooks/endpoints</c>.</summary>
    public static void MapEndpoints(this IEndpointRouteBuilder app)
    {
        var endpoints = app.MapGroup("/api/webhooks/endpoints").WithTags("webhooks").ForViewers();
        endpoints.MapGet("/", ListAsync).WithSummary("The endpoints that fail or are disabled");
        endpoints.MapGet("/{merchantId}", GetAsync).WithSummary("One merchant's endpoint");
        endpoints.MapPost("/{merchantId}/enable", EnableAsync).ForOperators()
            .WithSummary("Send webhooks to it again, and say how many were skipped");
        endpoints.MapPost("/{merchantId}/disable", DisableAsync).ForOperators().WithSummary("Skip its webhooks from now on");
    }

    private static async Task<Results<Ok<EndpointsAnswer>, ProblemHttpResult>> ListAsync(
        [FromQuery] string? state, IDbContextFactory<GatewayDbContext> contexts, EndpointHolds holds, CancellationToken cancellationToken)
    {
        if (state is not (null or "disabled" or "failing"))
        {
            return Problems.Of(StatusCodes.Status400BadRequest, "Not a valid filter", $"state '{state}' is not one of disabled, failing.");
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
        return TypedResults.Ok(new EndpointsAnswer([.. rows.Select(x => Show(
            x.Row.MerchantId,
            x.Url,
            x.Row.DisabledUrl == x.Url ? x.Row.DisabledAt : null,
            x.Row.DisabledReason,
            x.Row.FailingUrl == x.Url ? x.Row.FailingSince : null,
            holds))]));
    }

    private static async Task<Results<Ok<EndpointAnswer>, ProblemHttpResult>> GetAsync(
        string merchantId, WebhookEndpoints endpoints, EndpointHolds holds, CancellationToken cancellationToken) =>
        await endpoints.FindAsync(merchantId, cancellationToken) is { } endpoint
            ? TypedResults.Ok(Show(endpoint, holds))
            : Unknown(merchantId);

    private static async Task<Results<Ok<EndpointAnswer>, ProblemHttpResult>> EnableAsync(
        string merchantId,
        WebhookEndpoints endpoints,
        EndpointHealth health,
        Resending resending,
        EndpointHolds holds,
        TimeProvider time,
        HttpContext context,
        CancellationToken cancellationToken)
    {
        if (await endpoints.FindAsync(merchantId, cancellationToken) is not { } endpoint)
        {
            return Unknown(merchantId);
        }

        var disabledAt = await health.EnableAsync(endpoint.MerchantId, context.OperatorName, cancellationToken);
        var answer = Show((await endpoints.FindAsync(merchantId, cancellationToken))!, holds);
        if (disabledAt is null)
        {
            return TypedResults.Ok(answer);
        }

        var now = time.GetUtcNow();
        var skipped = await resending.CountAsync(
            new Recovery
            {
                RecoveryId = Guid.Empty,
                MerchantId = merchantId,
                From = disabledAt.Value,
                To = now.UtcDateTime,
                IncludesDead = false,
                IncludesSkipped = true,
                RatePerSecond = 1,
                Total = 0,
                CreatedBy = context.OperatorName,
                CreatedAt = now.UtcDateTime,
                UpdatedAt = now.UtcDateTime,
            },
            cancellationToken);
        context.SetOutcome($"enabled, {skipped} skipped since {disabledAt:O}");
        return TypedResults.Ok(answer with
        {
            SkippedSince = skipped,
            Recover = skipped == 0 ? null : new RecoverRequest(merchantId, null, disabledAt, now, ["skipped"], null, DryRun: false),
        });
    }

    private static async Task<Results<Ok<EndpointAnswer>, ProblemHttpResult>> DisableAsync(
        string merchantId, WebhookEndpoints endpoints, EndpointHealth health, EndpointHolds holds, CancellationToken cancellationToken)
    {
        if (await endpoints.FindAsync(merchantId, cancellationToken) is not { } endpoint)
        {
            return Unknown(merchantId);
        }

        if (endpoint.Url is null or "")
        {
            return Problems.Of(StatusCodes.Status409Conflict, "No endpoint", $"The merchant {merchantId} has no webhook URL.");
        }

        await health.DisableAsync(endpoint, EndpointHealth.ByOperator, cancellationToken);
        return TypedResults.Ok(Show((await endpoints.FindAsync(merchantId, cancellationToken))!, holds));
    }

    private static EndpointAnswer Show(MerchantEndpoint endpoint, EndpointHolds holds) => Show(
        endpoint.MerchantId,
        endpoint.Url,
        endpoint.IsDisabled ? endpoint.DisabledAt : null,
        endpoint.DisabledReason,
        endpoint.IsFailing ? endpoint.FailingSince : null,
        holds);

    private static EndpointAnswer Show(
        Guid merchantId, string? url, DateTime? disabledAt, string? reason, DateTime? failingSince, EndpointHolds holds) => new()
        {
            MerchantId = merchantId.ToString(),
            State = disabledAt is null ? "enabled" : "disabled",
            Reason = disabledAt is null ? null : reason,
            Since = disabledAt,
            FailingSince = failingSince,
            HeldUntil = holds.Find(merchantId, url)?.Until,
            HoldReason = holds.Find(merchantId, url)?.Reason,
        };

    private static ProblemHttpResult Unknown(string merchantId) =>
        Problems.Of(StatusCodes.Status404NotFound, "Merchant not found", $"There is no merchant '{merchantId}'.");
}
