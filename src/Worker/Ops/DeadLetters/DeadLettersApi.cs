using System.Globalization;
using Gateway.Persistence.DeadLetters;
using Gateway.Persistence.JobLog;
using Gateway.Worker.Bus;
using Gateway.Worker.Ops.Access;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Gateway.Worker.Ops.DeadLetters;

/// <summary>Read dead letters, put them back, drop them.</summary>
public static class DeadLettersApi
{
    private const int DefaultLimit = 50;
    private const int MaxLimit = 500;

    /// <summary>Maps the routes under <c>/api/dead-letters</c>.</summary>
    public static void MapDeadLetters(this IEndpointRouteBuilder app)
    {
        var letters = app.MapGroup("/api/dead-letters").WithTags("dead-letters").ForViewers();
        letters.MapGet("/", ListAsync).WithSummary("A page of letters, the oldest first, filtered by queue, merchant, event, reason, time");
        letters.MapPost("/{id}/requeue", RequeueOneAsync).ForOperators().WithSummary("Put one letter back, as if nobody had tried it");
        letters.MapPost("/requeue", RequeueManyAsync).ForOperators().WithSummary("Put back all that match; with dry_run, count them");
        letters.MapGet("/requeues/{id}", GetRequeueAsync).WithSummary("How many letters of an order are back");
        letters.MapPost("/requeues/{id}/stop", StopRequeueAsync).ForOperators()
            .WithSummary("Put no more of an order back; what is back stays there");
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
        DeadLetterStore letters,
        HttpContext context,
        CancellationToken cancellationToken)
    {
        var errors = new List<string>();
        var filter = Filter(queue, merchantId, @event, reason, ParseTime("from", from, errors), ParseTime("to", to, errors));
        if (order is not (null or "oldest" or "newest"))
        {
            errors.Add($"order '{order}' is not one of oldest, newest");
        }

        var stands = DeadLetterState.Dead;
        if (state is not null && !(state.All(char.IsAsciiLetter) && Enum.TryParse(state, ignoreCase: true, out stands)))
        {
            errors.Add($"state '{state}' is not one of {string.Join(", ", Enum.GetNames<DeadLetterState>()).ToLowerInvariant()}");
        }

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

        if (Refusal(queue, errors) is { } refusal)
        {
            return refusal;
        }

        var page = await letters.ListAsync(filter with { State = stands }, order == "newest", position, count, cancellationToken);
        return TypedResults.Ok(new DeadLetterList(
            [.. page.Letters.Select(letter => DeadLetterAnswer.Of(letter, context.MayChange))], page.Next?.ToString()));
    }

    private static async Task<Results<Accepted<RequeueAnswer>, ProblemHttpResult>> RequeueOneAsync(
        string id,
        DeadLetterStore letters,
        BrokerAlarms alarms,
        TimeProvider time,
        HttpContext context,
        CancellationToken cancellationToken)
    {
        var (letter, problem) = await FindAsync(id, letters, cancellationToken);
        if (problem is not null)
        {
            return problem;
        }

        var now = time.GetUtcNow();
        var requeueId = Guid.CreateVersion7(now);
        if (!await letters.RequeueAsync(letter!.LetterId, requeueId, context.OperatorName, now.UtcDateTime, cancellationToken))
        {
            return await TakenByAnotherAsync(letter.LetterId, letters, cancellationToken);
        }

        context.SetOutcome($"requeue {requeueId} of job {letter.JobId} of merchant {letter.MerchantId}");
        return Accepted(requeueId, 1, alarms);
    }

    private static async Task<Results<Ok<DeadLettersCount>, Accepted<RequeueAnswer>, ProblemHttpResult>> RequeueManyAsync(
        DeadLettersRequest request,
        DeadLetterStore letters,
        BrokerAlarms alarms,
        TimeProvider time,
        HttpContext context,
        CancellationToken cancellationToken)
    {
        var filter = Filter(request);
        if (Refusal(request.Queue, []) is { } refusal)
        {
            return refusal;
        }

        if (request.DryRun)
        {
            return await CountAsync(filter, letters, context, cancellationToken);
        }

        var now = time.GetUtcNow();
        var requeueId = Guid.CreateVersion7(now);
        var total = await letters.RequeueAsync(filter, requeueId, context.OperatorName, now.UtcDateTime, cancellationToken);
        context.SetOutcome($"requeue {requeueId} of {total}");
        return Accepted(requeueId, total, alarms);
    }

    private static async Task<Results<Ok<RequeueAnswer>, ProblemHttpResult>> GetRequeueAsync(
        string id, DeadLetterStore letters, BrokerAlarms alarms, CancellationToken cancellationToken) =>
        Guid.TryParse(id, out var requeueId) && await letters.FindRequeueAsync(requeueId, cancellationToken) is { } progress
            ? TypedResults.Ok(RequeueAnswer.Of(requeueId, progress, alarms))
            : Problems.Of(StatusCodes.Status404NotFound, "Requeue not found", $"No dead letter belongs to a requeue '{id}'.");

    private static async Task<Results<Ok<RequeueAnswer>, ProblemHttpResult>> StopRequeueAsync(
        string id,
        DeadLetterStore letters,
        BrokerAlarms alarms,
        TimeProvider time,
        HttpContext context,
        CancellationToken cancellationToken)
    {
        if (Guid.TryParse(id, out var requeueId))
        {
            await letters.StopRequeueAsync(requeueId, context.OperatorName, time.GetUtcNow().UtcDateTime, cancellationToken);
        }

        return await GetRequeueAsync(id, letters, alarms, cancellationToken);
    }

    private static async Task<Results<Ok<DeadLettersCount>, Ok<DroppedAnswer>, ProblemHttpResult>> DropManyAsync(
        DeadLettersRequest request, DeadLetterStore letters, TimeProvider time, HttpContext context, CancellationToken cancellationToken)
    {
        var filter = Filter(request);
        if (Refusal(request.Queue, []) is { } refusal)
        {
            return refusal;
        }

        if (request.DryRun)
        {
            return await CountAsync(filter, letters, context, cancellationToken);
        }

        var dropped = await letters.DropAsync(filter, context.OperatorName, time.GetUtcNow().UtcDateTime, cancellationToken);
        context.SetOutcome($"dropped {dropped}");
        return TypedResults.Ok(new DroppedAnswer(dropped));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> DropOneAsync(
        string id, DeadLetterStore letters, TimeProvider time, HttpContext context, CancellationToken cancellationToken)
    {
        var (letter, problem) = await FindAsync(id, letters, cancellationToken);
        if (problem is not null)
        {
            return problem;
        }

        if (!await letters.DropAsync(letter!.LetterId, context.OperatorName, time.GetUtcNow().UtcDateTime, cancellationToken))
        {
            return await TakenByAnotherAsync(letter.LetterId, letters, cancellationToken);
        }

        context.SetOutcome($"dropped job {letter.JobId} of merchant {letter.MerchantId}: {letter.Error}");
        return TypedResults.NoContent();
    }

    private static async Task<Ok<DeadLettersCount>> CountAsync(
        DeadLetterFilter filter, DeadLetterStore letters, HttpContext context, CancellationToken cancellationToken)
    {
        var count = await letters.CountAsync(filter, cancellationToken);
        context.SetOutcome($"counted {count}");
        return TypedResults.Ok(new DeadLettersCount(count));
    }

    private static Accepted<RequeueAnswer> Accepted(Guid requeueId, int total, BrokerAlarms alarms) => TypedResults.Accepted(
        $"/api/dead-letters/requeues/{requeueId}", RequeueAnswer.Of(requeueId, new RequeueProgress(total, 0, total), alarms));

    private static DeadLetterFilter Filter(DeadLettersRequest request) =>
        Filter(request.Queue, request.MerchantId, request.Event, request.Reason, request.From?.UtcDateTime, request.To?.UtcDateTime);

    private static DeadLetterFilter Filter(
        string? queue, string? merchantId, string? @event, string? reason, DateTime? from, DateTime? to) =>
        new() { Queue = queue, MerchantId = merchantId, Event = @event, Reason = reason, From = from, To = to };

    private static ProblemHttpResult? Refusal(string? queue, List<string> errors) =>
        errors.Count > 0 ? Problems.Of(StatusCodes.Status400BadRequest, "Not a valid filter", string.Join("; ", errors) + ".")
        : queue is null || QueueNames.All.Contains(queue) ? null
        : Problems.Of(
            StatusCodes.Status404NotFound,
            "Queue not found",
            $"There is no queue '{queue}'. The queues are {string.Join(", ", QueueNames.All)}.");

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

    private static async Task<(DeadLetter? Letter, ProblemHttpResult? Problem)> FindAsync(
        string id, DeadLetterStore letters, CancellationToken cancellationToken)
    {
        if (!Guid.TryParse(id, out var letterId))
        {
            return (null, Problems.Of(StatusCodes.Status400BadRequest, "Not a letter's id", $"'{id}' is not a UUID."));
        }

        var letter = await letters.FindAsync(letterId, cancellationToken);
        return letter switch
        {
            null => (null, NotThere(letterId)),
            { State: DeadLetterState.Dead } => (letter, null),
            _ => (null, DealtWith(letter)),
        };
    }

    private static async Task<ProblemHttpResult> TakenByAnotherAsync(
        Guid letterId, DeadLetterStore letters, CancellationToken cancellationToken) =>
        await letters.FindAsync(letterId, cancellationToken) is { } letter ? DealtWith(letter) : NotThere(letterId);

    private static ProblemHttpResult NotThere(Guid letterId) =>
        Problems.Of(StatusCodes.Status404NotFound, "Dead letter not found", $"There is no dead letter {letterId}.");

    private static ProblemHttpResult DealtWith(DeadLetter letter) => Problems.Of(
        StatusCodes.Status409Conflict,
        "Dealt with already",
        letter.State == DeadLetterState.Requeueing
            ? $"{letter.ChangedBy} asked at {letter.ChangedAt:O} for dead letter {letter.LetterId} to be put back, "
                + "and a worker is about to."
            : $"Dead letter {letter.LetterId} was {letter.State.ToString().ToLowerInvariant()} at {letter.ChangedAt:O}: "
                + $"{letter.ChangedBy} asked for that.");
}
