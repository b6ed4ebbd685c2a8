using Gateway.Persistence.DeadLetters;
using Gateway.Worker.Ops.Access;
using Gateway.Worker.Ops.Bulk;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Gateway.Worker.Ops.DeadLetters;

/// <summary>Read dead letters, put them back, drop them.</summary>
public static class DeadLettersApi
{
    /// <summary>Maps the routes under <c>/api/dead-letters</c>.</summary>
    public static void MapDeadLetters(this IEndpointRouteBuilder app)
    {
        var letters = app.MapGroup("/api/dead-letters").WithTags("dead-letters").ForViewers();
        letters.MapGet("/", ListAsync).WithSummary("A page of letters, the oldest first, filtered by queue, merchant, event, reason, time");
        letters.MapPost("/{id}/requeue", RequeueOneAsync).ForOperators().WithSummary("Put one letter back, as if nobody had tried it");
        letters.MapPost("/requeue", RequeueManyAsync).ForOperators().WithSummary("Put back all that match; with dry_run, count them");
        letters.MapPost("/drop", DropManyAsync).ForOperators().WithSummary("Drop all that match, for good; with dry_run, count them");
        letters.MapDelete("/{id}", DropOneAsync).ForOperators().WithSummary("Drop one letter, for good");
    }

    private static async Task<Results<Ok<DeadLetterList>, ProblemHttpResult>> ListAsync(
        [FromQuery] string? queue,
        [FromQuery(Name = "merchant_id")] string? merchantId,
        [FromQuery] string? @event,
        [FromQuery] string? reason,
        [FromQuery] string? from,
        [FromQuery] string? to,
        [FromQuery] string? state,
        [FromQuery] string? order,
        [FromQuery] string? cursor,
        [FromQuery] string? limit,
        DeadLetterSearch letters,
        HttpContext context,
        CancellationToken cancellationToken)
    {
        var query = letters.Read(queue, merchantId, @event, reason, from, to, state, order, cursor, limit);
        return query.IsDone
            ? TypedResults.Ok(await letters.FindAsync(query.Value, context.MayChange, cancellationToken))
            : HttpTranslation.ProblemOf(query.Refusal);
    }

    private static async Task<Results<Accepted<BulkResponse>, ProblemHttpResult>> RequeueOneAsync(
        string id, DeadLetterRequeue requeue, HttpContext context, CancellationToken cancellationToken) =>
        (await requeue.RequeueOneAsync(id, context.OperatorName, cancellationToken)).WithOutcomeIn(context).ToHttp(BulkApi.ToPlace);

    private static Task<Results<Ok<DeadLettersCount>, Accepted<BulkResponse>, ProblemHttpResult>> RequeueManyAsync(
        DeadLettersRequest request,
        DeadLetterSearch search,
        DeadLetterRequeue requeue,
        HttpContext context,
        CancellationToken cancellationToken) =>
        ChangeManyAsync(
            request,
            search,
            context,
            filter => requeue.RequeueManyAsync(filter, request.RatePerSecond, context.OperatorName, cancellationToken),
            cancellationToken);

    private static Task<Results<Ok<DeadLettersCount>, Accepted<BulkResponse>, ProblemHttpResult>> DropManyAsync(
        DeadLettersRequest request,
        DeadLetterSearch search,
        DeadLetterDrop drop,
        HttpContext context,
        CancellationToken cancellationToken) =>
        ChangeManyAsync(
            request,
            search,
            context,
            filter => drop.DropManyAsync(filter, request.RatePerSecond, context.OperatorName, cancellationToken),
            cancellationToken);

    private static async Task<Results<Ok<DeadLettersCount>, Accepted<BulkResponse>, ProblemHttpResult>> ChangeManyAsync(
        DeadLettersRequest request,
        DeadLetterSearch search,
        HttpContext context,
        Func<DeadLetterFilter, Task<Result<BulkOrder>>> change,
        CancellationToken cancellationToken)
    {
        var filter = search.Read(request);
        if (!filter.IsDone)
        {
            return HttpTranslation.ProblemOf(filter.Refusal);
        }

        if (request.DryRun)
        {
            var count = (await search.CountAsync(filter.Value, cancellationToken)).WithOutcomeIn(context);
            return count.IsDone ? TypedResults.Ok(count.Value) : HttpTranslation.ProblemOf(count.Refusal);
        }

        var order = (await change(filter.Value)).WithOutcomeIn(context);
        return order.IsDone ? BulkApi.ToPlace(order.Value) : HttpTranslation.ProblemOf(order.Refusal);
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> DropOneAsync(
        string id, DeadLetterDrop drop, HttpContext context, CancellationToken cancellationToken) =>
        (await drop.DropOneAsync(id, context.OperatorName, cancellationToken)).WithOutcomeIn(context).ToHttp(_ => TypedResults.NoContent());
}
