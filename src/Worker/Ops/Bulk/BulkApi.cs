using Gateway.Worker.Ops.Access;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Gateway.Worker.Ops.Bulk;

/// <summary>Watch, stop and resume what was asked to be done with all that match.</summary>
public static class BulkApi
{
    /// <summary>Maps the routes under <c>/api/bulk-jobs</c>.</summary>
    public static void MapBulk(this IEndpointRouteBuilder app)
    {
        var jobs = app.MapGroup("/api/bulk-jobs").WithTags("bulk-jobs").ForViewers();
        jobs.MapGet("/", ListAsync).WithSummary("The latest bulk jobs: requeues, drops, recoveries");
        jobs.MapGet("/{id}", GetAsync).WithSummary("How far a bulk job is");
        jobs.MapPost("/{id}/stop", StopAsync).ForOperators().WithSummary("Do no more of it; what is done stays so");
        jobs.MapPost("/{id}/resume", ResumeAsync).ForOperators().WithSummary("Go on with one that was stopped");
    }

    /// <summary>Where a job that was begun is watched.</summary>
    internal static Accepted<BulkResponse> ToPlace(BulkOrder order) =>
        TypedResults.Accepted($"/api/bulk-jobs/{order.Job.BulkJobId}", BulkResponse.Create(order));

    private static async Task<Ok<BulkResponse[]>> ListAsync(BulkOrders orders, CancellationToken cancellationToken) =>
        TypedResults.Ok((await orders.ListAsync(cancellationToken)).Select(BulkResponse.Create).ToArray());

    private static async Task<Results<Ok<BulkResponse>, ProblemHttpResult>> GetAsync(
        string id, BulkOrders orders, CancellationToken cancellationToken) =>
        (await orders.FindAsync(id, cancellationToken)).ToHttp(order => TypedResults.Ok(BulkResponse.Create(order)));

    private static async Task<Results<Ok<BulkResponse>, ProblemHttpResult>> StopAsync(
        string id, BulkOrders orders, HttpContext context, CancellationToken cancellationToken) =>
        (await orders.StopAsync(id, context.OperatorName, cancellationToken)).WithOutcomeIn(context)
            .ToHttp(order => TypedResults.Ok(BulkResponse.Create(order)));

    private static async Task<Results<Ok<BulkResponse>, ProblemHttpResult>> ResumeAsync(
        string id, BulkOrders orders, HttpContext context, CancellationToken cancellationToken) =>
        (await orders.ResumeAsync(id, cancellationToken)).WithOutcomeIn(context)
            .ToHttp(order => TypedResults.Ok(BulkResponse.Create(order)));
}
