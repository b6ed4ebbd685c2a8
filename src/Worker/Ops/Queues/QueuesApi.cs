using Gateway.Worker.Ops.Access;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Gateway.Worker.Ops.Queues;

/// <summary>Look at the queues, pause, resume and purge them.</summary>
public static class QueuesApi
{
    /// <summary>Maps the routes under <c>/api/queues</c>.</summary>
    public static void MapQueues(this IEndpointRouteBuilder app)
    {
        var queues = app.MapGroup("/api/queues").WithTags("queues").ForViewers();
        queues.MapGet("/", ListAsync).WithSummary("Every queue with its figures");
        queues.MapPost("/{queue}/pause", PauseAsync).ForOperators()
            .WithSummary("Start nothing more of a queue, in all workers and after a restart");
        queues.MapPost("/{queue}/resume", ResumeAsync).ForOperators().WithSummary("End a pause");
        queues.MapPost("/{queue}/purge", PurgeAsync).ForOperators().WithSummary("Remove what is ready in a queue, for good");
    }

    private static async Task<Ok<IReadOnlyList<QueueResponse>>> ListAsync(QueueFigures figures, CancellationToken cancellationToken) =>
        TypedResults.Ok(await figures.ReadAsync(cancellationToken));

    private static async Task<Results<Ok<PauseResponse>, ProblemHttpResult>> PauseAsync(
        string queue, QueueControl control, HttpContext context, CancellationToken cancellationToken) =>
        (await control.PauseAsync(queue, context.OperatorName, cancellationToken)).WithOutcomeIn(context).ToHttp(TypedResults.Ok);

    private static async Task<Results<Ok<PauseResponse>, ProblemHttpResult>> ResumeAsync(
        string queue, QueueControl control, HttpContext context, CancellationToken cancellationToken) =>
        (await control.ResumeAsync(queue, cancellationToken)).WithOutcomeIn(context).ToHttp(TypedResults.Ok);

    private static async Task<Results<Ok<PurgeResponse>, ProblemHttpResult>> PurgeAsync(
        string queue, QueueControl control, HttpContext context, CancellationToken cancellationToken) =>
        (await control.PurgeAsync(queue, cancellationToken)).WithOutcomeIn(context).ToHttp(TypedResults.Ok);
}
