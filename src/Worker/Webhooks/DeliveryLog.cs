using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Gateway.Contracts;
using Gateway.Persistence;
using Gateway.Persistence.DeadLetters;
using Gateway.Persistence.JobLog;
using Gateway.Persistence.Outbox;
using Gateway.Persistence.Waiting;
using Gateway.Worker.Bus;
using Gateway.Worker.Jobs;
using Gateway.Worker.Telemetry;
using Gateway.Worker.Webhooks.Endpoints;
using Gateway.Worker.Webhooks.Register;
using Gateway.Worker.Webhooks.Waiting;
using MassTransit;

namespace Gateway.Worker.Webhooks;

/// <summary>
/// Tells the job log and the operator's log what happened to a delivery, with all that follows from it: its place in the waiting room, its dead
/// letter, the events for others. Returns when that is committed.
/// </summary>
public sealed class DeliveryLog(
    JobRecorder jobLog, JobMetrics jobs, WebhookMetrics webhooks, WaitingSignal signal, WebhookOptions options, TimeProvider time, ILogger<DeliveryLog> logger)
{
    /// <summary>The job type of a webhook delivery.</summary>
    public const string JobType = "webhook:delivery";

    /// <summary>The reason of a dead letter all of whose attempts failed.</summary>
    public const string Exhausted = "exhausted";

    private readonly JobCounts _firstAttempts = jobs.Of(JobType, QueueNames.Webhooks);
    private readonly JobCounts _retries = jobs.Of(JobType, QueueNames.WebhooksRetry);

    /// <summary>An attempt was made.</summary>
    /// <param name="context">The message.</param>
    /// <param name="road">How it came.</param>
    /// <param name="target">The endpoint.</param>
    /// <param name="made">The attempt.</param>
    /// <param name="next">What follows.</param>
    /// <param name="change">What changes about the endpoint.</param>
    public async Task AttemptedAsync(
        ConsumeContext<DeliverWebhook> context, OnTheRoad road, WebhookTarget target, AttemptMark made, NextStep next, EndpointChange? change)
    {
        var delivery = context.Message;
        var result = made.Result;
        var isSuccess = result.Outcome == AttemptOutcome.Succeeded;
        var reason = isSuccess ? null : AttemptReason.Of(result.Outcome);
        var state = next switch
        {
            NextStep.Delivered => JobState.Succeeded,
            NextStep.Retry => JobState.Retrying,
            _ => JobState.Dead,
        };

        using var scope = ScopeOf(context, made.Attempt, isSuccess ? LogLevel.Debug : LogLevel.Warning);
        if (isSuccess)
        {
            Log.Delivered(logger, delivery.DeliveryId, delivery.MerchantId, delivery.Event, made.Attempt, result.StatusCode, (int)result.Duration.TotalMilliseconds);
        }
        else
        {
            Log.AttemptFailed(logger, delivery.DeliveryId, delivery.MerchantId, delivery.Event, made.Attempt, reason!, result.StatusCode, (int)result.Duration.TotalMilliseconds);
        }

        JobSpan.End(state, reason, result.StatusCode);
        webhooks.Attempted(result, delivery.MerchantId);
        var enqueuedAt = EnqueuedAt.Of(context) ?? made.StartedAt;
        CountsOf(context).Attempted(state, made.Attempt, result.Duration, made.EndedAt - enqueuedAt);

        var run = Run(context, road, made.RunId, made.Attempt, state, reason, made.StartedAt, result.Duration, result.StatusCode, result.Detail);
        var record = new JobRecord { Run = run, Endpoint = change };
        if (!isSuccess || made.Attempt > 1 || road.Round > 0)
        {
            record = record with
            {
                Waiting = StepAfter(context, road, target, made, next, enqueuedAt),
                Letter = next is NextStep.Exhausted ? LetterOf(delivery, made) : null,
                Messages = MessagesAfter(delivery, made, next, reason),
                Attempt = new WebhookAttemptRecorded
                {
                    DeliveryId = delivery.DeliveryId,
                    MerchantId = delivery.MerchantId,
                    Event = delivery.Event,
                    Round = road.Round,
                    Attempt = made.Attempt,
                    Reason = reason,
                    StatusCode = result.StatusCode,
                    EndedAt = made.EndedAt,
                    NextAttemptAt = (next as NextStep.Retry)?.DueAt,
                },
            };
        }
        else if (road.ReleaseId is not null)
        {
            record = record with { Waiting = StepAfter(context, road, target, made, next, enqueuedAt) };
        }

        await jobLog.RecordAsync(record, context.CancellationToken);
        if (road.ReleaseId is not null)
        {
            // Room on the road for the next of this merchant.
            signal.Set();
        }

        if (next is NextStep.Exhausted)
        {
            Log.DeadLetter(logger, delivery.DeliveryId, delivery.MerchantId, delivery.Event, made.Attempt, reason!);
        }
    }

    /// <summary>The delivery is not attempted.</summary>
    public async Task SkippedAsync(ConsumeContext<DeliverWebhook> context, OnTheRoad road, WebhookTarget target, string reason)
    {
        CountsOf(context).Skipped();
        using var scope = ScopeOf(context, DeliveryRules.AttemptOf(context.Message), LogLevel.Information);
        Log.Skipped(logger, context.Message.DeliveryId, context.Message.MerchantId, context.Message.Event, reason);
        // A delivery that the merchant has stays a success, however often it is published again.
        var state = reason == SkipReason.AlreadyDelivered ? JobState.Succeeded : JobState.Skipped;
        JobSpan.End(state, reason);
        await jobLog.RecordAsync(
            new JobRecord
            {
                Run = RunNow(context, road, state, reason, detail: null),
                Waiting = road.ReleaseId is not null && Guid.TryParse(context.Message.MerchantId, out var merchantId)
                    ? new WaitingStep.Leave(new WaitingKey(context.Message.DeliveryId, merchantId)) { ReleaseId = road.ReleaseId, Rank = target.Rank }
                    : null,
            },
            context.CancellationToken);
    }

    /// <summary>The delivery waits for a later moment. That is no attempt and has no row in the job log.</summary>
    /// <param name="context">The message.</param>
    /// <param name="road">How it came.</param>
    /// <param name="merchantId">The merchant.</param>
    /// <param name="rank">The merchant's tier, from 0.</param>
    /// <param name="reason">Why.</param>
    /// <param name="dueAt">UTC; until when at least.</param>
    public async Task PutAsideAsync(ConsumeContext<DeliverWebhook> context, OnTheRoad road, Guid merchantId, short rank, WaitReason reason, DateTime dueAt)
    {
        webhooks.PutAside(reason);
        using var scope = ScopeOf(context, DeliveryRules.AttemptOf(context.Message), LogLevel.Debug);
        Log.PutAside(logger, context.Message.DeliveryId, context.Message.MerchantId, context.Message.Event, reason);
        var now = time.GetUtcNow().UtcDateTime;
        var entry = Entry(context.Message, context.Message.Attempt, merchantId, road, reason, dueAt, now, EnqueuedAt.Of(context) ?? now);
        WaitingStep step = road.ReleaseId is null ? new WaitingStep.Enter(entry) { Rank = rank } : new WaitingStep.GoBack(entry) { ReleaseId = road.ReleaseId, Rank = rank };
        await jobLog.RecordAsync(new JobRecord { Waiting = step }, context.CancellationToken);
    }

    /// <summary>The attempt was made for another message, and is recorded or will be.</summary>
    public async Task PastAsync(ConsumeContext<DeliverWebhook> context, OnTheRoad road, WebhookTarget target)
    {
        if (road.ReleaseId is not null)
        {
            var key = new WaitingKey(context.Message.DeliveryId, target.Endpoint!.MerchantId);
            await jobLog.RecordAsync(
                new JobRecord { Waiting = new WaitingStep.EndLease(key) { ReleaseId = road.ReleaseId, Rank = target.Rank } }, context.CancellationToken);
        }
    }

    /// <summary>The delivery can never be attempted.</summary>
    public Task RejectedAsync(ConsumeContext<DeliverWebhook> context, OnTheRoad road, RejectedDeliveryException rejection)
    {
        CountsOf(context).Rejected();
        using var scope = ScopeOf(context, DeliveryRules.AttemptOf(context.Message), LogLevel.Error);
        Log.Rejected(logger, context.Message.DeliveryId, context.Message.MerchantId, rejection.Message);
        JobSpan.End(JobState.Dead, rejection.Reason);
        return jobLog.RecordAsync(RunNow(context, road, JobState.Dead, rejection.Reason, rejection.Message), context.CancellationToken);
    }

    private static WaitingStep? StepAfter(
        ConsumeContext<DeliverWebhook> context, OnTheRoad road, WebhookTarget target, AttemptMark made, NextStep next, DateTime enqueuedAt)
    {
        var merchantId = target.Endpoint!.MerchantId;
        if (next is not NextStep.Retry retry)
        {
            // A first attempt that its publisher sent waits nowhere.
            return road.ReleaseId is null && made.Attempt == 1
                ? null
                : new WaitingStep.Leave(new WaitingKey(context.Message.DeliveryId, merchantId)) { ReleaseId = road.ReleaseId, Rank = target.Rank };
        }

        // The next attempt says the same, to the last digit.
        var delivery = context.Message with { Attempt = made.Attempt, OccurredAt = context.Message.OccurredAt ?? made.StartedAt };
        var entry = Entry(delivery, made.Attempt, merchantId, road with { Faults = 0, IsRedelivered = false }, retry.Reason, retry.DueAt, made.EndedAt, enqueuedAt);
        return new WaitingStep.Enter(entry) { ReleaseId = road.ReleaseId, Rank = target.Rank };
    }

    private static WaitingWebhook Entry(
        DeliverWebhook delivery, int attemptsMade, Guid merchantId, OnTheRoad road, WaitReason reason, DateTime dueAt, DateTime since, DateTime enqueuedAt) => new()
        {
            DeliveryId = delivery.DeliveryId,
            MerchantId = merchantId,
            DueAt = dueAt,
            WaitsSince = since,
            EnqueuedAt = enqueuedAt,
            Attempt = attemptsMade + 1,
            Round = road.Round,
            Reason = reason,
            Faults = road.Faults,
            IsRedelivered = road.IsRedelivered,
            Event = delivery.Event,
            TraceParent = Activity.Current is { IdFormat: ActivityIdFormat.W3C } span ? span.Id : null,
            Message = JsonSerializer.SerializeToUtf8Bytes(delivery),
        };

    private static DeadLetter LetterOf(DeliverWebhook delivery, AttemptMark made) => new()
    {
        // With its run, so that a letter is written once, as the run is.
        LetterId = made.RunId,
        DiedAt = made.EndedAt,
        Queue = QueueNames.Webhooks,
        JobId = delivery.DeliveryId,
        MerchantId = delivery.MerchantId,
        Event = delivery.Event,
        Reason = Exhausted,
        Error = Summary(made),
        Attempts = made.Attempt,
    };

    private static string Summary(AttemptMark last)
    {
        var reason = FormattableString.Invariant($"{AttemptReason.Of(last.Result.Outcome)} {last.Result.StatusCode}").TrimEnd();
        return last.Attempt == 1
            ? $"the only attempt failed by {reason}"
            : FormattableString.Invariant($"{last.Attempt} attempts failed, the last one by {reason}");
    }

    private List<OutboxMessage> MessagesAfter(DeliverWebhook delivery, AttemptMark made, NextStep next, string? reason)
    {
        List<OutboxMessage> messages = [];
        if (reason is not null && options.PublishesAttemptFailures)
        {
            messages.Add(Event(new WebhookAttemptFailed
            {
                DeliveryId = delivery.DeliveryId,
                Delivery = delivery with { OccurredAt = delivery.OccurredAt ?? made.StartedAt },
                Attempt = made.Attempt,
                Reason = reason,
                StatusCode = made.Result.StatusCode,
                RetryAfterSeconds = (int?)made.Result.RetryAfter?.TotalSeconds,
                IsFinal = made.Result.Outcome == AttemptOutcome.Gone,
                FailedAt = made.EndedAt,
            }));
        }

        switch (next)
        {
            case NextStep.Delivered when made.Attempt > 1:
                messages.Add(Event(new WebhookRecovered
                {
                    DeliveryId = delivery.DeliveryId,
                    MerchantId = delivery.MerchantId,
                    Event = delivery.Event,
                    Attempt = made.Attempt,
                    DeliveredAt = made.EndedAt,
                }));
                break;
            case NextStep.Exhausted:
                messages.Add(Event(new WebhookExhausted
                {
                    DeliveryId = delivery.DeliveryId,
                    MerchantId = delivery.MerchantId,
                    Event = delivery.Event,
                    Attempts = made.Attempt,
                    Reason = reason!,
                    StatusCode = made.Result.StatusCode,
                    ExhaustedAt = made.EndedAt,
                }));
                break;
        }

        return messages;

        OutboxMessage Event<T>(T message)
            where T : class
        {
            var now = time.GetUtcNow();
            return OutboxMessage.Of(message, Guid.CreateVersion7(now), $"webhook {delivery.DeliveryId}", mustArrive: false, now.UtcDateTime);
        }
    }

    private JobRun Run(
        ConsumeContext<DeliverWebhook> context,
        OnTheRoad road,
        Guid runId,
        int attempt,
        JobState state,
        string? reason,
        DateTime startedAt,
        TimeSpan duration,
        int? statusCode,
        string? detail) => new()
        {
            RunId = runId,
            JobId = context.Message.DeliveryId,
            JobType = JobType,
            Queue = QueueOf(context),
            Attempt = attempt,
            Round = road.Round,
            State = state,
            Reason = reason,
            StatusCode = statusCode,
            Detail = detail,
            MerchantId = context.Message.MerchantId,
            Event = context.Message.Event,
            StartedAt = startedAt,
            DurationMs = (int)duration.TotalMilliseconds,
            Webhook = IsKept(state, reason) ? Keep(context.Message) : null,
        };

    private JobCounts CountsOf(ConsumeContext context) => IsRetry(context) ? _retries : _firstAttempts;

    /// <summary>The queue that a delivery came from.</summary>
    internal static string QueueOf(ConsumeContext context) => IsRetry(context) ? QueueNames.WebhooksRetry : QueueNames.Webhooks;

    /// <summary>What a log line or a span calls an attempt.</summary>
    internal static JobScope JobOf(ConsumeContext<DeliverWebhook> context, int attempt) =>
        new(context.Message.DeliveryId, JobType, QueueOf(context), attempt, context.Message.MerchantId, context.Message.Event);

    // Around the line and not around the delivery, all of whose steps would pay for it.
    private IDisposable? ScopeOf(ConsumeContext<DeliverWebhook> context, int attempt, LogLevel level) =>
        logger.IsEnabled(level) ? logger.BeginScope(JobOf(context, attempt)) : null;

    // Without cutting a string out of the address for every delivery.
    private static bool IsRetry(ConsumeContext context) =>
        context.ReceiveContext.InputAddress.AbsolutePath.EndsWith("/" + QueueNames.WebhooksRetry, StringComparison.Ordinal);

    // What was given up or skipped can be sent again later, and the broker has it no more.
    private bool IsKept(JobState state, string? reason) =>
        reason is not ("invalid_delivery_id" or "invalid_merchant_id" or "invalid_event" or "invalid_payload")
        && (state is JobState.Dead or JobState.Skipped || (state == JobState.Succeeded && options.KeepsDelivered && reason is null));

    private static KeptWebhook Keep(DeliverWebhook delivery) => new()
    {
        DeliveryId = delivery.DeliveryId,
        MerchantId = delivery.MerchantId,
        Event = delivery.Event,
        Payload = Encoding.UTF8.GetString(JsonMarshal.GetRawUtf8Value(delivery.Payload)),
        OccurredAt = delivery.OccurredAt?.ToString("O", CultureInfo.InvariantCulture),
    };

    private JobRun RunNow(ConsumeContext<DeliverWebhook> context, OnTheRoad road, JobState state, string reason, string? detail)
    {
        var now = time.GetUtcNow();
        return Run(context, road, RunId.At(now), DeliveryRules.AttemptOf(context.Message), state, reason, now.UtcDateTime, TimeSpan.Zero, statusCode: null, detail);
    }
}
