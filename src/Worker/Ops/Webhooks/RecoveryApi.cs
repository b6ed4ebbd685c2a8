using System.Globalization;
using Gateway.Persistence;
using Gateway.Persistence.JobLog;
using Gateway.Persistence.Operations;
using Gateway.Persistence.Waiting;
using Gateway.Worker.Bus;
using Gateway.Worker.Ops.Access;
using Gateway.Worker.Ops.Jobs;
using Gateway.Worker.Webhooks.Recovery;
using MassTransit;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using StackExchange.Redis;

namespace Gateway.Worker.Ops.Webhooks;

/// <summary>Send webhooks again: one, or all of a merchant and a time window.</summary>
public static class RecoveryApi
{
    private const int DefaultRate = 50;
    private const int MaxRate = 1_000;
    private const int MaxLost = 1_000;

    // MassTransit waits for a broker that is away as long as it may; an operator does not.
    private static readonly TimeSpan LongestSend = TimeSpan.FromSeconds(10);

    /// <summary>Maps the routes under <c>/api/webhooks</c>.</summary>
    public static void MapRecovery(this IEndpointRouteBuilder app)
    {
        var webhooks = app.MapGroup("/api/webhooks").WithTags("webhooks").ForViewers();
        webhooks.MapPost("/{id}/redeliver", RedeliverAsync).ForOperators().WithSummary("Send one webhook again under the same webhook-id");
        webhooks.MapPost("/recover", RecoverAsync).ForOperators()
            .WithSummary("Send a merchant's failed and skipped webhooks of a time window again; with dry_run, count them");
        webhooks.MapPost("/recover/lost", RecoverLostAsync).ForOperators()
            .WithSummary("Send again what RabbitMQ has lost, page by page; with dry_run, count it");
        webhooks.MapGet("/recoveries", ListAsync).WithSummary("The latest recoveries");
        webhooks.MapGet("/recoveries/{id}", GetAsync).WithSummary("How far a recovery is");
        webhooks.MapPost("/recoveries/{id}/stop", StopAsync).ForOperators().WithSummary("Send no more; what was sent stays sent");
    }

    private static async Task<Results<Accepted<PublishedJob>, ProblemHttpResult>> RedeliverAsync(
        string id,
        [FromQuery(Name = "merchant_id")] string? merchantId,
        Resending resending,
        JobHistory history,
        WaitingDeliveries waiting,
        BrokerAlarms alarms,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        var (job, problem) = await OneJob.FindAsync(id, merchantId, history, waiting, cancellationToken);
        if (job is null)
        {
            return problem!;
        }

        if (alarms.Now is { } alarm)
        {
            return Problems.InAlarm("Not sent", alarm);
        }

        var deliveryId = job.Id;
        if (job.Runs is [.., { State: JobState.Queued }] || job.Waiting is not null)
        {
            return Problems.Of(
                StatusCodes.Status409Conflict, "On its way", $"The webhook {deliveryId} is still being attempted; it needs no help.");
        }

        if (await resending.FindAsync(deliveryId, job.MerchantId, cancellationToken) is not { } webhook)
        {
            return job.Runs.Count == 0
                ? Problems.Of(StatusCodes.Status404NotFound, "Webhook not found", $"No attempt of webhook {deliveryId} is recorded.")
                : Problems.Of(
                    StatusCodes.Status409Conflict,
                    "Nothing to send",
                    $"What the webhook {deliveryId} said is not kept. "
                    + "WEBHOOK_KEEP_PAYLOADS=all keeps delivered webhooks too, from then on.");
        }

        using var limit = new CancellationTokenSource(LongestSend, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await resending.SendAsync(webhook, "redelivered", either.Token);
            return TypedResults.Accepted($"/api/jobs/{deliveryId}", new PublishedJob(deliveryId));
        }
        catch (Exception exception) when (IsNoAnswer(exception, limit.Token))
        {
            return Problems.Of(
                StatusCodes.Status503ServiceUnavailable, "Not sent", "Redis or RabbitMQ does not answer. Ask again when they do.");
        }
    }

    private static async Task<Results<Ok<RecoveryCount>, Accepted<RecoveryAnswer>, ProblemHttpResult>> RecoverAsync(
        RecoverRequest request,
        Resending resending,
        IDbContextFactory<GatewayDbContext> contexts,
        BrokerAlarms alarms,
        TimeProvider time,
        HttpContext context,
        CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        string[] states = request.States is { Length: > 0 } given ? given : ["dead", "skipped"];
        var rate = request.RatePerSecond ?? DefaultRate;
        if (Complaint(request, states, rate, now) is { } complaint)
        {
            return Problems.Of(StatusCodes.Status400BadRequest, "Not a valid recovery", complaint);
        }

        Recovery New(int total) => new()
        {
            RecoveryId = Guid.CreateVersion7(now),
            MerchantId = request.MerchantId!,
            Event = request.Event,
            From = request.From!.Value.UtcDateTime,
            To = (request.To ?? now).UtcDateTime,
            IncludesDead = states.Contains("dead"),
            IncludesSkipped = states.Contains("skipped"),
            RatePerSecond = rate,
            Total = total,
            CreatedBy = context.OperatorName,
            CreatedAt = now.UtcDateTime,
            UpdatedAt = now.UtcDateTime,
        };

        var count = await resending.CountAsync(New(0), cancellationToken);
        if (request.DryRun)
        {
            context.SetOutcome($"counted {count}");
            return TypedResults.Ok(new RecoveryCount(count));
        }

        var recovery = New(count);
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        db.Recoveries.Add(recovery);
        await db.SaveChangesAsync(cancellationToken);
        context.SetOutcome($"recovery {recovery.RecoveryId} of {count}");
        return TypedResults.Accepted($"/api/webhooks/recoveries/{recovery.RecoveryId}", RecoveryAnswer.Of(recovery, alarms));
    }

    private static async Task<Results<Ok<RecoveryCount>, Ok<RecoverLostAnswer>, ProblemHttpResult>> RecoverLostAsync(
        RecoverLostRequest request,
        LostDeliveries lost,
        BrokerAlarms alarms,
        TimeProvider time,
        HttpContext context,
        CancellationToken cancellationToken)
    {
        JobCursor? after = JobCursor.TryParse(request.Cursor, CultureInfo.InvariantCulture, out var parsed) ? parsed : null;
        if (Complaint(request, after, time.GetUtcNow()) is { } complaint)
        {
            return Problems.Of(StatusCodes.Status400BadRequest, "Not a valid recovery", complaint);
        }

        var before = request.Before!.Value.UtcDateTime;
        if (request.DryRun)
        {
            var count = await lost.CountAsync(request.MerchantId, before, cancellationToken);
            context.SetOutcome($"counted {count}");
            return TypedResults.Ok(new RecoveryCount(count));
        }

        if (alarms.Now is { } alarm)
        {
            return Problems.InAlarm("Nothing sent", alarm);
        }

        using var limit = new CancellationTokenSource(LongestSend, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            var page = await lost.SendAsync(request.MerchantId, before, after, request.Limit ?? MaxLost, either.Token);
            context.SetOutcome($"released {page.Released}, sent {page.Sent}, {page.Unknown.Count} unknown");
            return TypedResults.Ok(new RecoverLostAnswer(page.Released, page.Sent, page.Unknown, page.Next?.ToString()));
        }
        catch (Exception exception) when (IsNoAnswer(exception, limit.Token))
        {
            context.SetOutcome("not all sent, then a server did not answer");
            return Problems.Of(
                StatusCodes.Status503ServiceUnavailable,
                "Not all sent",
                "Redis or RabbitMQ does not answer. Some may have been sent; ask the same again when they do: "
                + "what is sent twice is delivered once.");
        }
    }

    private static async Task<Ok<RecoveryAnswer[]>> ListAsync(
        IDbContextFactory<GatewayDbContext> contexts, BrokerAlarms alarms, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var recoveries = await db.Recoveries.AsNoTracking().OrderByDescending(r => r.CreatedAt).Take(100).ToListAsync(cancellationToken);
        return TypedResults.Ok(recoveries.Select(recovery => RecoveryAnswer.Of(recovery, alarms)).ToArray());
    }

    private static async Task<Results<Ok<RecoveryAnswer>, ProblemHttpResult>> GetAsync(
        string id, IDbContextFactory<GatewayDbContext> contexts, BrokerAlarms alarms, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return Guid.TryParse(id, out var recoveryId)
            && await db.Recoveries.AsNoTracking().SingleOrDefaultAsync(r => r.RecoveryId == recoveryId, cancellationToken) is { } recovery
                ? TypedResults.Ok(RecoveryAnswer.Of(recovery, alarms))
                : Problems.Of(StatusCodes.Status404NotFound, "Recovery not found", $"There is no recovery '{id}'.");
    }

    private static async Task<Results<Ok<RecoveryAnswer>, ProblemHttpResult>> StopAsync(
        string id, IDbContextFactory<GatewayDbContext> contexts, BrokerAlarms alarms, CancellationToken cancellationToken)
    {
        if (Guid.TryParse(id, out var recoveryId))
        {
            await using var db = await contexts.CreateDbContextAsync(cancellationToken);
            await db.Recoveries.Where(r => r.RecoveryId == recoveryId && r.State == RecoveryState.Running)
                .ExecuteUpdateAsync(set => set.SetProperty(r => r.State, RecoveryState.Stopped), cancellationToken);
        }

        return await GetAsync(id, contexts, alarms, cancellationToken);
    }

    private static bool IsNoAnswer(Exception exception, CancellationToken limit) =>
        exception is RedisException or TimeoutException or MassTransitException
        || (exception is OperationCanceledException && limit.IsCancellationRequested);

    private static string? Complaint(RecoverRequest request, string[] states, int rate, DateTimeOffset now) => request switch
    {
        { MerchantId: null or "" } => "merchant_id is missing.",
        { From: null } => "from is missing: give the beginning of the time window, such as 2026-01-31T08:00:00Z.",
        { From: var from, To: var to } when from >= (to ?? now) => $"from {from:O} is not before to {to ?? now:O}.",
        _ when states.FirstOrDefault(state => state is not ("dead" or "skipped")) is { } wrong =>
            $"states: '{wrong}' is not one of dead, skipped.",
        _ when rate is < 1 or > MaxRate => $"rate_per_second {rate} is not a number from 1 to {MaxRate}.",
        _ => null,
    };

    private static string? Complaint(RecoverLostRequest request, JobCursor? after, DateTimeOffset now) => request switch
    {
        { Before: null } => "before is missing: give the time at which RabbitMQ lost its messages, such as 2026-01-31T08:00:00Z.",
        { Before: var before } when before > now => $"before {before:O} is in the future.",
        { Cursor: not null } when after is null => "cursor is not one that this API gave.",
        { Limit: < 1 or > MaxLost } => $"limit {request.Limit} is not a number from 1 to {MaxLost}.",
        _ => null,
    };
}
