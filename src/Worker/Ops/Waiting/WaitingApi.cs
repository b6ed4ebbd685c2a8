using Gateway.Worker.Ops.Access;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Gateway.Worker.Ops.Waiting;

/// <summary>Look at the webhooks that wait, make them due now, cancel them.</summary>
public static class WaitingApi
{
    /// <summary>Maps the routes under <c>/api/waiting</c>.</summary>
    public static void MapWaiting(this IEndpointRouteBuilder app)
    {
        var waiting = app.MapGroup("/api/waiting").WithTags("waiting").ForViewers();
        waiting.MapGet("/", ListAsync).WithSummary("A page of the webhooks that wait for an attempt, the soonest first");
        waiting.MapGet("/merchants", ListMerchantsAsync).WithSummary("What waits by merchant, and who is left alone for a while");
        waiting.MapPost("/release", ReleaseAsync).ForOperators()
            .WithSummary("Make due now what matches, and end the hold of its merchants; with dry_run, count it");
        waiting.MapPost("/cancel", CancelAsync).ForOperators()
            .WithSummary("Cancel what matches, up to 50,000 at once; with dry_run, count it");
    }

    private static async Task<Results<Ok<WaitingPageResponse>, ProblemHttpResult>> ListAsync(
        WaitingSearch waiting,
        [FromQuery(Name = "merchant_id")] string? merchantId,
        [FromQuery] string? @event,
        [FromQuery] string? reason,
        [FromQuery] string? attempt,
        [FromQuery] string? from,
        [FromQuery] string? to,
        [FromQuery(Name = "on_the_road")] string? onTheRoad,
        [FromQuery] string? unreadable,
        [FromQuery] string? cursor,
        [FromQuery] string? limit,
        CancellationToken cancellationToken)
    {
        var query = WaitingQuery.Read(merchantId, @event, reason, attempt, from, to, onTheRoad, unreadable, cursor, limit);
        return query.IsDone
            ? TypedResults.Ok(WaitingPageResponse.From(await waiting.FindAsync(query.Value, cancellationToken)))
            : HttpTranslation.ProblemOf(query.Refusal);
    }

    private static async Task<Results<Ok<WaitingMerchantsResponse>, ProblemHttpResult>> ListMerchantsAsync(
        WaitingSearch waiting,
        [FromQuery(Name = "merchant_id")] string? merchantId,
        [FromQuery] string? limit,
        CancellationToken cancellationToken)
    {
        var query = WaitingMerchantsQuery.Read(merchantId, limit);
        return query.IsDone
            ? TypedResults.Ok(WaitingMerchantsResponse.From(await waiting.FindMerchantsAsync(query.Value, cancellationToken)))
            : HttpTranslation.ProblemOf(query.Refusal);
    }

    private static async Task<Results<Ok<WaitingCountResponse>, Ok<ReleaseResponse>, ProblemHttpResult>> ReleaseAsync(
        WaitingRequest request, WaitingRelease release, HttpContext context, CancellationToken cancellationToken)
    {
        var filter = request.ToFilter();
        if (!filter.IsDone)
        {
            return HttpTranslation.ProblemOf(filter.Refusal);
        }

        if (request.DryRun)
        {
            var count = (await release.CountAsync(filter.Value, cancellationToken)).WithOutcomeIn(context);
            return count.IsDone ? TypedResults.Ok(WaitingCountResponse.OfRelease(count.Value)) : HttpTranslation.ProblemOf(count.Refusal);
        }

        var released = (await release.ReleaseAsync(filter.Value, cancellationToken)).WithOutcomeIn(context);
        return released.IsDone ? TypedResults.Ok(ReleaseResponse.From(released.Value)) : HttpTranslation.ProblemOf(released.Refusal);
    }

    private static async Task<Results<Ok<WaitingCountResponse>, Ok<CancelResponse>, ProblemHttpResult>> CancelAsync(
        WaitingRequest request, WaitingCancellation cancellation, HttpContext context, CancellationToken cancellationToken)
    {
        var filter = request.ToFilter();
        if (!filter.IsDone)
        {
            return HttpTranslation.ProblemOf(filter.Refusal);
        }

        if (request.DryRun)
        {
            var count = (await cancellation.CountAsync(filter.Value, cancellationToken)).WithOutcomeIn(context);
            return count.IsDone
                ? TypedResults.Ok(WaitingCountResponse.OfCancellation(count.Value))
                : HttpTranslation.ProblemOf(count.Refusal);
        }

        var cancelled = (await cancellation.CancelAsync(filter.Value, cancellationToken)).WithOutcomeIn(context);
        return cancelled.IsDone ? TypedResults.Ok(CancelResponse.From(cancelled.Value)) : HttpTranslation.ProblemOf(cancelled.Refusal);
    }
}
