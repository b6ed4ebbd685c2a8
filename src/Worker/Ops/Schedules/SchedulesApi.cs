using Gateway.Worker.Ops.Access;
using Gateway.Worker.Ops.Jobs;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Gateway.Worker.Ops.Schedules;

/// <summary>Look at the schedules, run one now, pause and resume.</summary>
public static class SchedulesApi
{
    /// <summary>Maps the routes under <c>/api/schedules</c>.</summary>
    public static void MapSchedules(this IEndpointRouteBuilder app)
    {
        var schedules = app.MapGroup("/api/schedules").WithTags("schedules").ForViewers();
        schedules.MapGet("/", ListAsync).WithSummary("Every schedule with its last and next tick and its latest jobs");
        schedules.MapPost("/{name}/run", RunAsync).ForOperators().WithSummary("Ask for the schedule's job now, beside its ticks");
        schedules.MapPost("/{name}/pause", PauseAsync).ForOperators().WithSummary("No more ticks, in all workers and after a restart");
        schedules.MapPost("/{name}/resume", ResumeAsync).ForOperators().WithSummary("Tick again; once at once when a tick was missed");
    }

    private static async Task<Ok<IReadOnlyList<ScheduleResponse>>> ListAsync(
        ScheduleOverview overview, CancellationToken cancellationToken) => TypedResults.Ok(await overview.ReadAsync(cancellationToken));

    private static async Task<Results<Accepted<PublishedJob>, ValidationProblem, ProblemHttpResult>> RunAsync(
        string name, ScheduleRuns runs, CancellationToken cancellationToken) =>
        JobsApi.Show(await runs.RunAsync(name, cancellationToken));

    private static async Task<Results<Ok<ScheduleResponse>, ProblemHttpResult>> PauseAsync(
        string name, ScheduleRuns runs, HttpContext context, CancellationToken cancellationToken) =>
        (await runs.PauseAsync(name, cancellationToken)).WithOutcomeIn(context).ToHttp(TypedResults.Ok);

    private static async Task<Results<Ok<ScheduleResponse>, ProblemHttpResult>> ResumeAsync(
        string name, ScheduleRuns runs, HttpContext context, CancellationToken cancellationToken) =>
        (await runs.ResumeAsync(name, cancellationToken)).WithOutcomeIn(context).ToHttp(TypedResults.Ok);
}
