using Gateway.Worker.Jobs;
using Gateway.Worker.Ops.Access;
using Gateway.Worker.Scheduling;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.ModelBinding;

namespace Gateway.Worker.Ops.Jobs;

/// <summary>Publish a job, look one up, search.</summary>
public static class JobsApi
{
    /// <summary>Maps the routes under <c>/api/jobs</c>.</summary>
    public static void MapJobs(this IEndpointRouteBuilder app)
    {
        var jobs = app.MapGroup("/api/jobs").WithTags("jobs").ForViewers();
        jobs.MapPost("/webhooks", PublishWebhookAsync).ForOperators()
            .WithSummary("Publish a webhook; the broker has it when this answers 202");
        jobs.MapGet("/{id}", GetAsync).WithSummary("One job with every attempt, and when and why the next one waits");
        jobs.MapGet("/", ListAsync).WithSummary("A page of jobs, the newest first, filtered by state, merchant and time");
        foreach (var schedule in app.ServiceProvider.GetRequiredService<ScheduleOptions>().Schedules)
        {
            var job = schedule.Job;
            var route = job.IsOfDay
                ? jobs.MapPost($"/{job.Verb}", (
                    [FromBody(EmptyBodyBehavior = EmptyBodyBehavior.Allow)] RunOfDayRequest? request,
                    JobsByHand runs,
                    CancellationToken cancellationToken) => RunAsync(job, request?.Date, runs, cancellationToken))
                : jobs.MapPost($"/{job.Verb}", (JobsByHand runs, CancellationToken cancellationToken) =>
                    RunAsync(job, date: null, runs, cancellationToken));
            route.ForOperators().WithSummary(job.Summary);
        }
    }

    /// <summary>The place of a published job, or why it was not published.</summary>
    internal static Results<Accepted<PublishedJob>, ValidationProblem, ProblemHttpResult> Show(Result<PublishedJob> result) =>
        result switch
        {
            { Refusal.Fields: { } fields } => TypedResults.ValidationProblem(fields),
            { Refusal: { } refusal } => HttpTranslation.ProblemOf(refusal),
            _ => ToPlace(result.Value!),
        };

    /// <summary>Where the job is looked up.</summary>
    internal static Accepted<PublishedJob> ToPlace(PublishedJob job) => TypedResults.Accepted($"/api/jobs/{job.JobId}", job);

    private static async Task<Results<Accepted<PublishedJob>, ValidationProblem, ProblemHttpResult>> PublishWebhookAsync(
        PublishWebhookRequest request, WebhookPublishing publishing, CancellationToken cancellationToken) =>
        Show(await publishing.PublishAsync(request, cancellationToken));

    private static async Task<Results<Ok<JobResponse>, ProblemHttpResult>> GetAsync(
        string id, [FromQuery(Name = "merchant_id")] string? merchantId, JobLookup jobs, CancellationToken cancellationToken) =>
        (await jobs.FindAsync(id, merchantId, cancellationToken)).ToHttp(job => TypedResults.Ok(JobResponse.From(job)));

    private static async Task<Results<Ok<JobPageResponse>, ProblemHttpResult>> ListAsync(
        JobSearch jobs,
        [FromQuery] string? state,
        [FromQuery] string? queue,
        [FromQuery] string? type,
        [FromQuery(Name = "merchant_id")] string? merchantId,
        [FromQuery] string? @event,
        [FromQuery] string? reference,
        [FromQuery] string? from,
        [FromQuery] string? to,
        [FromQuery] string? cursor,
        [FromQuery] string? limit,
        CancellationToken cancellationToken)
    {
        var query = jobs.Read(state, queue, type, merchantId, @event, reference, from, to, cursor, limit);
        return query.IsDone
            ? (await jobs.FindAsync(query.Value, cancellationToken)).ToHttp(page => TypedResults.Ok(JobPageResponse.From(page)))
            : HttpTranslation.ProblemOf(query.Refusal);
    }

    private static async Task<Results<Accepted<PublishedJob>, ValidationProblem, ProblemHttpResult>> RunAsync(
        JobDefinition job, DateOnly? date, JobsByHand runs, CancellationToken cancellationToken) =>
        Show(await runs.RunAsync(job, date, cancellationToken));
}
