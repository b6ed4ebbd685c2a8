using Gateway.Worker.Ops.Access;
using Gateway.Worker.Priority;
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

    private static async Task<Ok<IReadOnlyList<QueueAnswer>>> ListAsync(QueueFigures figures, CancellationToken cancellationToken) =>
        TypedResults.Ok(await figures.ReadAsync(cancellationToken));

    // Neither waits for anybody but the database: a brake must answer while the broker is away or slow.
    private static async Task<Results<Ok<PauseAnswer>, ProblemHttpResult>> PauseAsync(
        string queue, QueuePauses pauses, QueueIntakes intakes, HttpContext context, CancellationToken cancellationToken) =>
        intakes.Find(queue) is { } intake
            ? TypedResults.Ok(PauseAnswer.Of(await pauses.PauseAsync(intake, context.OperatorName, cancellationToken)))
            : Unknown(queue, intakes);

    private static async Task<Results<Ok<PauseAnswer>, ProblemHttpResult>> ResumeAsync(
        string queue, QueuePauses pauses, QueueIntakes intakes, CancellationToken cancellationToken)
    {
        if (intakes.Find(queue) is not { } intake)
        {
            return Unknown(queue, intakes);
        }

        await pauses.ResumeAsync(intake, cancellationToken);
        return TypedResults.Ok(new PauseAnswer(queue, Paused: false, PausedBy: null, PausedAt: null));
    }

    private static async Task<Results<Ok<PurgeAnswer>, ProblemHttpResult>> PurgeAsync(
        string queue, QueueIntakes intakes, IServiceProvider services, HttpContext context, CancellationToken cancellationToken)
    {
        if (intakes.Find(queue) is null)
        {
            return Unknown(queue, intakes);
        }

        if (services.GetService<BrokerQueues>() is not { } broker)
        {
            return Problems.NotEmbedded("A queue is purged by the broker");
        }

        if (await broker.PurgeAsync(queue, cancellationToken) is not { } purged)
        {
            return Problems.Of(StatusCodes.Status404NotFound, "Queue not found", $"The broker has no queue '{queue}' yet.");
        }

        context.SetOutcome($"purged {purged}");
        return TypedResults.Ok(new PurgeAnswer(queue, purged));
    }

    private static ProblemHttpResult Unknown(string queue, QueueIntakes intakes) => Problems.Of(
        StatusCodes.Status404NotFound,
        "Queue not found",
        $"There is no queue '{queue}'. The queues are {string.Join(", ", intakes.All.Select(i => i.Queue))}.");
}
