using System.Globalization;
using System.Text.Json;
using Gateway.Persistence;
using Gateway.Persistence.JobLog;
using Gateway.Worker.Jobs;
using Gateway.Worker.Ops.Access;
using Gateway.Worker.Priority;
using Gateway.Worker.Webhooks;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using RabbitMQ.Client.Exceptions;
using StackExchange.Redis;

namespace Gateway.Worker.Ops.DeadLetters;

/// <summary>Read dead letters, put them back, drop them.</summary>
public static class DeadLettersApi
{
    private const int DefaultLimit = 50;
    private const int MaxLimit = 500;
    private const int MaxRequeued = 1_000;

    /// <summary>Maps the routes under <c>/api/dead-letters</c>.</summary>
    public static void MapDeadLetters(this IEndpointRouteBuilder app)
    {
        var letters = app.MapGroup("/api/dead-letters").WithTags("dead-letters");
        letters.MapGet("/", ListAsync).WithSummary("The letters of a queue, the oldest first, filtered by merchant, event and reason");
        letters.MapPost("/{id}/requeue", RequeueOneAsync).WithSummary("Put one letter back, as if nobody had tried it");
        letters.MapPost("/requeue", RequeueManyAsync).WithSummary("Put back all that match, up to a limit");
        letters.MapDelete("/{id}", DropAsync).WithSummary("Drop one letter, for good");
    }

    private static async Task<Results<Ok<DeadLetterPage>, ProblemHttpResult>> ListAsync(
        [FromQuery] string? queue,
        [FromQuery(Name = "merchant_id")] string? merchantId,
        [FromQuery] string? @event,
        [FromQuery] string? reason,
        [FromQuery] string? limit,
        QueueIntakes intakes,
        IServiceProvider services,
        IDbContextFactory<GatewayDbContext> contexts,
        HttpContext context,
        CancellationToken cancellationToken)
    {
        var count = DefaultLimit;
        if (limit is not null && (!int.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out count) || count is < 1 or > MaxLimit))
        {
            return Problems.Of(StatusCodes.Status400BadRequest, "Not a valid limit", $"limit '{limit}' is not a number from 1 to {MaxLimit}.");
        }

        if (Refusal(queue, intakes, services, out var letters) is { } refusal)
        {
            return refusal;
        }

        var (found, hasMore) = await letters!.ListAsync(queue!, new DeadLetterFilter(null, merchantId, @event, reason), count, cancellationToken);
        var states = await StatesAsync(contexts, [.. found.Select(letter => letter.JobId).OfType<Guid>()], cancellationToken);
        return TypedResults.Ok(new DeadLetterPage([.. found.Select(letter => Show(letter, states, context.MayChange))], hasMore));
    }

    private static async Task<Results<Ok<RequeueAnswer>, ProblemHttpResult>> RequeueOneAsync(
        string id, [FromQuery] string? queue, QueueIntakes intakes, IServiceProvider services, HttpContext context, CancellationToken cancellationToken)
    {
        if (Refusal(queue, intakes, services, out var letters) is { } refusal)
        {
            return refusal;
        }

        var (requeued, problem) = await RequeueAsync(letters!, queue!, new DeadLetterFilter(id), 1, services, context, cancellationToken);
        if (problem is not null)
        {
            return problem;
        }

        return requeued!.Requeued == 1 ? TypedResults.Ok(requeued with { HasMore = false }) : NotThere(id, queue!);
    }

    private static async Task<Results<Ok<RequeueAnswer>, ProblemHttpResult>> RequeueManyAsync(
        RequeueRequest request, QueueIntakes intakes, IServiceProvider services, HttpContext context, CancellationToken cancellationToken)
    {
        if (request.Limit is < 1 or > MaxRequeued)
        {
            return Problems.Of(StatusCodes.Status400BadRequest, "Not a valid limit", $"limit {request.Limit} is not a number from 1 to {MaxRequeued}; ask again while has_more is true.");
        }

        if (Refusal(request.Queue, intakes, services, out var letters) is { } refusal)
        {
            return refusal;
        }

        var filter = new DeadLetterFilter(null, request.MerchantId, request.Event, request.Reason);
        var (requeued, problem) = await RequeueAsync(letters!, request.Queue!, filter, request.Limit ?? MaxRequeued, services, context, cancellationToken);
        return problem is not null ? problem : TypedResults.Ok(requeued!);
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> DropAsync(
        string id, [FromQuery] string? queue, QueueIntakes intakes, IServiceProvider services, HttpContext context, CancellationToken cancellationToken)
    {
        if (Refusal(queue, intakes, services, out var letters) is { } refusal)
        {
            return refusal;
        }

        if (await letters!.DropAsync(queue!, id, cancellationToken) is not { } dropped)
        {
            return NotThere(id, queue!);
        }

        context.SetOutcome($"dropped job {dropped.JobId} of merchant {dropped.MerchantId}: {dropped.Error}");
        return TypedResults.NoContent();
    }

    private static async Task<(RequeueAnswer? Answer, ProblemHttpResult? Problem)> RequeueAsync(
        ErrorQueues letters, string queue, DeadLetterFilter filter, int limit, IServiceProvider services, HttpContext context, CancellationToken cancellationToken)
    {
        var moved = 0;
        try
        {
            var jobLog = services.GetRequiredService<JobRecorder>();
            var (requeued, hasMore) = await letters.RequeueAsync(
                queue,
                filter,
                limit,
                (letter, requeuedAt) =>
                {
                    moved++;
                    // It waits in the job log while the database is away; the letter is moved whatever becomes of it.
                    _ = letter.JobId is { } jobId ? jobLog.RecordAsync(QueuedRun(letter, jobId, requeuedAt), CancellationToken.None) : Task.CompletedTask;
                },
                cancellationToken);
            context.SetOutcome($"requeued {requeued}");
            return (new RequeueAnswer(requeued, hasMore), null);
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            context.SetOutcome($"requeued {moved}, then Redis or RabbitMQ did not answer");
            return (null, Problems.Of(StatusCodes.Status503ServiceUnavailable, "Not all put back", $"Redis or RabbitMQ does not answer. {moved} letters were put back, and the others left where they are. Ask again when they do."));
        }
        catch (PublishException exception) when (exception.IsReturn)
        {
            return (null, Problems.Of(StatusCodes.Status503ServiceUnavailable, "The queue does not exist", $"{moved} letters were put back; the broker has no queue '{queue}' for the others, which are left where they are."));
        }
    }

    private static JobRun QueuedRun(DeadLetterMessage letter, Guid jobId, DateTimeOffset now) => new()
    {
        RunId = RunId.At(now),
        JobId = jobId,
        JobType = TypeOf(letter),
        Queue = letter.Destination,
        Attempt = 0,
        State = JobState.Queued,
        Reason = "requeued",
        MerchantId = letter.MerchantId,
        Event = letter.Event,
        StartedAt = now.UtcDateTime,
        DurationMs = 0,
    };

    private static DeadLetter Show(DeadLetterMessage letter, IReadOnlyDictionary<Guid, JobState> states, bool showsPayload) => new()
    {
        Id = letter.Id,
        Queue = letter.Queue,
        JobId = letter.JobId,
        JobType = TypeOf(letter),
        MerchantId = letter.MerchantId,
        Event = letter.Event,
        Reason = letter.Reason,
        Error = letter.Error,
        FailedAt = letter.FailedAt,
        JobState = letter.JobId is { } jobId && states.TryGetValue(jobId, out var state) ? state.ToString().ToLowerInvariant() : null,
        Attempts = letter.Attempts is { } attempts ? JsonElement.Parse(attempts) : null,
        Payload = showsPayload ? letter.Content : null,
    };

    private static string TypeOf(DeadLetterMessage letter) => letter.IsWebhook
        ? DeliveryLog.JobType
        : new[] { JobType.PaymentExpiry, JobType.BalanceCheck, JobType.SettlementReport }.Single(type => type.Queue == letter.Queue).Name;

    private static async Task<IReadOnlyDictionary<Guid, JobState>> StatesAsync(
        IDbContextFactory<GatewayDbContext> contexts, Guid[] jobIds, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return (await JobHistory.LatestRuns(db).Where(run => jobIds.Contains(run.JobId)).Select(run => new { run.JobId, run.State }).ToListAsync(cancellationToken))
            .DistinctBy(run => run.JobId).ToDictionary(run => run.JobId, run => run.State);
    }

    private static ProblemHttpResult? Refusal(string? queue, QueueIntakes intakes, IServiceProvider services, out ErrorQueues? letters)
    {
        letters = services.GetService<ErrorQueues>();
        if (letters is null)
        {
            return Problems.NotEmbedded("Dead letters are kept by the broker");
        }

        return queue is not null && intakes.Find(queue) is not null
            ? null
            : Problems.Of(
                queue is null ? StatusCodes.Status400BadRequest : StatusCodes.Status404NotFound,
                "Queue not found",
                $"{(queue is null ? "queue is missing" : $"There is no queue '{queue}'")}. The queues are {string.Join(", ", intakes.All.Select(i => i.Queue))}.");
    }

    private static ProblemHttpResult NotThere(string id, string queue) => Problems.Of(
        StatusCodes.Status404NotFound, "Dead letter not found", $"The error queue of '{queue}' has no letter '{id}', or another operator has it in hand at this moment.");
}
