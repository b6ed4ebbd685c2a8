using Gateway.Persistence.JobLog;
using Gateway.Persistence.Scheduling;
using Gateway.Worker.Ops.Access;
using Gateway.Worker.Ops.Jobs;
using Gateway.Worker.Scheduling;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Gateway.Worker.Ops.Schedules;

/// <summary>Look at the schedules, run one now, pause and resume.</summary>
public static class SchedulesApi
{
    private const int RecentJobs = 10;

    /// <summary>Maps the routes under <c>/api/schedules</c>.</summary>
    public static void MapSchedules(this IEndpointRouteBuilder app)
    {
        var schedules = app.MapGroup("/api/schedules").WithTags("schedules").ForViewers();
        schedules.MapGet("/", ListAsync).WithSummary("Every schedule with its last and next tick and its latest jobs");
        schedules.MapPost("/{name}/run", RunAsync).ForOperators().WithSummary("Ask for the schedule's job now, beside its ticks");
        schedules.MapPost("/{name}/pause", PauseAsync).ForOperators().WithSummary("No more ticks, in all workers and after a restart");
        schedules.MapPost("/{name}/resume", ResumeAsync).ForOperators().WithSummary("Tick again; once at once when a tick was missed");
    }

    private static async Task<Ok<ScheduleAnswer[]>> ListAsync(
        ScheduleOptions schedules,
        ScheduleControl control,
        ScheduleSettings settings,
        JobHistory history,
        CancellationToken cancellationToken)
    {
        var answers = new List<ScheduleAnswer>();
        foreach (var schedule in schedules.Schedules)
        {
            answers.Add(await ShowAsync(schedule, control, settings, history, cancellationToken));
        }

        return TypedResults.Ok(answers.ToArray());
    }

    private static async Task<Results<Accepted<PublishedJob>, ValidationProblem, ProblemHttpResult>> RunAsync(
        string name, ScheduleOptions schedules, JobPublisher publisher, TimeProvider time, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        return schedules.Find(name) is { } schedule
            ? await JobsByHand.PublishAsync(publisher, schedule.JobType, schedule.MessageFor(now), now, cancellationToken)
            : Unknown(name, schedules);
    }

    private static async Task<Results<Ok<ScheduleAnswer>, ProblemHttpResult>> PauseAsync(
        string name,
        ScheduleOptions schedules,
        ScheduleControl control,
        ScheduleSettings settings,
        JobHistory history,
        CancellationToken cancellationToken)
    {
        if (schedules.Find(name) is not { } schedule)
        {
            return Unknown(name, schedules);
        }

        await control.PauseAsync(schedule, cancellationToken);
        return TypedResults.Ok(await ShowAsync(schedule, control, settings, history, cancellationToken));
    }

    private static async Task<Results<Ok<ScheduleAnswer>, ProblemHttpResult>> ResumeAsync(
        string name,
        ScheduleOptions schedules,
        ScheduleControl control,
        ScheduleSettings settings,
        JobHistory history,
        CancellationToken cancellationToken)
    {
        if (schedules.Find(name) is not { } schedule)
        {
            return Unknown(name, schedules);
        }

        await control.ResumeAsync(schedule, cancellationToken);
        return TypedResults.Ok(await ShowAsync(schedule, control, settings, history, cancellationToken));
    }

    private static async Task<ScheduleAnswer> ShowAsync(
        Schedule schedule, ScheduleControl control, ScheduleSettings settings, JobHistory history, CancellationToken cancellationToken)
    {
        var state = await control.GetAsync(schedule, cancellationToken);
        var recent = await history.ListAsync(new JobFilter { JobType = schedule.JobType.Name }, after: null, RecentJobs, cancellationToken);
        var said = await settings.OfLivingWorkersAsync(schedule.Name, cancellationToken);
        return ScheduleAnswer.Of(schedule, state, said, recent.Jobs.Select(JobAnswer.Of));
    }

    private static ProblemHttpResult Unknown(string name, ScheduleOptions schedules) => TypedResults.Problem(
        statusCode: StatusCodes.Status404NotFound,
        title: "Schedule not found",
        detail: $"There is no schedule '{name}'. The schedules are {string.Join(", ", schedules.Schedules.Select(s => s.Name))}.");
}
