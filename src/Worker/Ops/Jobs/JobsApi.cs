using System.Globalization;
using Gateway.Contracts;
using Gateway.Persistence;
using Gateway.Persistence.JobLog;
using Gateway.Persistence.Waiting;
using Gateway.Worker.Bus;
using Gateway.Worker.Webhooks;
using Gateway.Worker.Webhooks.Register;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Gateway.Worker.Ops.Jobs;

/// <summary>Publish a job, look one up, search.</summary>
public static class JobsApi
{
    private const int DefaultLimit = 50;
    private const int MaxLimit = 500;

    /// <summary>Maps the routes under <c>/api/jobs</c>.</summary>
    public static void MapJobs(this IEndpointRouteBuilder app)
    {
        var jobs = app.MapGroup("/api/jobs").WithTags("jobs");
        jobs.MapPost("/webhooks", PublishWebhookAsync).WithSummary("Publish a webhook; the broker has it when this answers 202");
        jobs.MapGet("/{id}", GetAsync).WithSummary("One job with every attempt, and when and why the next one waits");
        jobs.MapGet("/", ListAsync).WithSummary("A page of jobs, the newest first, filtered by state, merchant and time");
    }

    private static async Task<Results<Accepted<PublishedJob>, ValidationProblem, ProblemHttpResult>> PublishWebhookAsync(
        PublishWebhookRequest request,
        JobPublisher publisher,
        IDeliveryRegister register,
        WebhookOptions options,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var delivery = new DeliverWebhook
        {
            DeliveryId = request.DeliveryId ?? Guid.CreateVersion7(now),
            MerchantId = request.MerchantId ?? "",
            Event = request.Event ?? "",
            Payload = request.Payload,
            OccurredAt = request.OccurredAt ?? now,
        };
        if (Complaint(request, delivery, options.MaxPayloadBytes) is { } complaint)
        {
            return TypedResults.ValidationProblem(complaint);
        }

        if (DeliveryKey.Of(request.DeliveryId, delivery.MerchantId) is { } key
            && await register.IsOtherAsync(key, WebhookContent.HashOf(delivery)))
        {
            return Problem(StatusCodes.Status409Conflict, "Not published", DeliveryRules.Conflict(delivery).Message + ".");
        }

        return await publisher.PublishAsync(
            delivery,
            QueuedRun(delivery, options, now),
            $"Publish it again with \"delivery_id\": \"{delivery.DeliveryId}\": "
            + "should the broker have it all the same, it is delivered once.",
            cancellationToken);
    }

    // So that the job can be looked up before its first attempt.
    private static JobRun QueuedRun(DeliverWebhook delivery, WebhookOptions options, DateTimeOffset now) => new()
    {
        RunId = RunId.At(now),
        JobId = delivery.DeliveryId,
        JobType = DeliveryLog.JobType,
        Queue = QueueNames.Webhooks,
        Attempt = 0,
        State = JobState.Queued,
        MerchantId = delivery.MerchantId,
        Event = delivery.Event,
        Reference = options.Reference.Find(delivery.Payload),
        StartedAt = now.UtcDateTime,
        DurationMs = 0,
    };

    private static Dictionary<string, string[]>? Complaint(PublishWebhookRequest request, DeliverWebhook delivery, int maxPayloadBytes)
    {
        if (string.IsNullOrWhiteSpace(request.MerchantId))
        {
            return new() { ["merchant_id"] = ["merchant_id is missing; give the merchant's id"] };
        }

        return DeliveryRules.Check(delivery, maxPayloadBytes) is { } rejection
            ? new() { [rejection.Reason.Replace("invalid_", "", StringComparison.Ordinal)] = [rejection.Message] }
            : null;
    }

    private static async Task<Results<Ok<JobAnswer>, ProblemHttpResult>> GetAsync(
        string id,
        [FromQuery(Name = "merchant_id")] string? merchantId,
        JobHistory history,
        WaitingDeliveries waiting,
        CancellationToken cancellationToken)
    {
        var (job, problem) = await OneJob.FindAsync(id, merchantId, history, waiting, cancellationToken);
        return job switch
        {
            null => problem!,
            { Runs.Count: > 0 } => TypedResults.Ok(JobAnswer.Of(job.Runs, job.Waiting)),
            { Waiting: { } entry } => TypedResults.Ok(JobAnswer.Of(entry)),
            { MerchantId: { } merchant } => NotFound($"Nothing is known of a webhook {job.Id} of merchant {merchant}."),
            _ => NotFound($"No attempt of job {job.Id} is recorded. A job that was just published may still wait in its queue."),
        };
    }

    private static async Task<Results<Ok<JobPage>, ProblemHttpResult>> ListAsync(
        JobHistory history,
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
        var errors = new List<string>();
        var filter = new JobFilter
        {
            State = ParseState(state, errors),
            Queue = queue,
            JobType = type,
            MerchantId = merchantId is null ? null : DeliverWebhook.MerchantIdOf(merchantId),
            Event = @event,
            Reference = reference,
            From = ParseTime("from", from, errors),
            To = ParseTime("to", to, errors),
        };
        JobCursor? position = JobCursor.TryParse(cursor, CultureInfo.InvariantCulture, out var parsed) ? parsed : null;
        if (cursor is not null && position is null)
        {
            errors.Add("cursor is not one that this API gave");
        }

        var count = DefaultLimit;
        if (limit is not null
            && (!int.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out count) || count is < 1 or > MaxLimit))
        {
            errors.Add($"limit '{limit}' is not a number from 1 to {MaxLimit}");
        }

        if (errors.Count > 0)
        {
            return Problem(StatusCodes.Status400BadRequest, "Not a valid filter", string.Join("; ", errors) + ".");
        }

        var page = await history.ListForReaderAsync(filter, position, count, cancellationToken);
        return TypedResults.Ok(new JobPage([.. page.Jobs.Select(JobAnswer.Of)], page.Next?.ToString()));
    }

    private static JobState? ParseState(string? text, List<string> errors)
    {
        if (text is null)
        {
            return null;
        }

        if (text.All(char.IsAsciiLetter) && Enum.TryParse<JobState>(text, ignoreCase: true, out var state))
        {
            return state;
        }

        errors.Add($"state '{text}' is not one of {string.Join(", ", Enum.GetNames<JobState>().Select(n => n.ToLowerInvariant()))}");
        return null;
    }

    private static DateTime? ParseTime(string name, string? text, List<string> errors)
    {
        if (text is null)
        {
            return null;
        }

        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
        {
            return time.UtcDateTime;
        }

        errors.Add($"{name} '{text}' is not a time such as 2026-01-31T08:00:00Z");
        return null;
    }

    private static ProblemHttpResult NotFound(string detail) => Problem(StatusCodes.Status404NotFound, "Job not found", detail);

    private static ProblemHttpResult Problem(int status, string title, string detail) =>
        TypedResults.Problem(statusCode: status, title: title, detail: detail);
}
