using Gateway.Contracts;
using Gateway.Persistence.JobLog;
using Gateway.Persistence.Recording;
using Gateway.Persistence.Waiting;
using Gateway.Persistence.Webhooks;
using Gateway.Worker.Bus;
using Gateway.Worker.Jobs;
using Gateway.Worker.Webhooks.Attempts;
using Gateway.Worker.Webhooks.Endpoints;
using Gateway.Worker.Webhooks.Sending;
using Gateway.Worker.Webhooks.Waiting;
using MassTransit;

namespace Gateway.Worker.Webhooks;

/// <summary>
/// Tells the operator's log, the metrics and the database what happened to a delivery. Returns when what <see cref="DeliveryRecords"/>
/// makes of it is committed.
/// </summary>
public sealed class DeliveryLog(
    DeliveryRecords records,
    JobRecorder jobLog,
    JobMetrics jobs,
    WebhookMetrics webhooks,
    WaitingSignal signal,
    ILogger<DeliveryLog> logger)
{
    private readonly JobCounts _firstAttempts = jobs.CountsOf(WebhookJob.Type, QueueNames.Webhooks);
    private readonly JobCounts _retries = jobs.CountsOf(WebhookJob.Type, QueueNames.WebhooksRetry);

    /// <summary>An attempt was made.</summary>
    /// <param name="context">The message.</param>
    /// <param name="road">How it came.</param>
    /// <param name="target">The endpoint.</param>
    /// <param name="made">The attempt.</param>
    /// <param name="next">What follows.</param>
    /// <param name="change">What changes about the endpoint.</param>
    public async Task AttemptedAsync(
        ConsumeContext<DeliverWebhook> context,
        OnTheRoad road,
        WebhookTarget target,
        AttemptRecord made,
        NextStep next,
        EndpointChange? change)
    {
        var delivery = context.Message;
        var result = made.Result;
        var durationMs = (int)result.Duration.TotalMilliseconds;
        var isSuccess = next is NextStep.Delivered;
        var reason = AttemptReason.Of(result.Outcome);
        using var scope = ScopeOf(context, made.Attempt, isSuccess ? LogLevel.Debug : LogLevel.Warning);
        if (isSuccess)
        {
            Log.Delivered(logger, delivery.DeliveryId, delivery.MerchantId, delivery.Event, made.Attempt, result.StatusCode, durationMs);
        }
        else if (result.StatusCode is null)
        {
            var remedy = result.Outcome == AttemptOutcome.AddressRefused ? " " + EndpointGuard.RemedyFor(target.Url!) : "";
            Log.AttemptUnanswered(
                logger, delivery.DeliveryId, delivery.MerchantId, delivery.Event, made.Attempt, reason, durationMs, result.Detail + remedy);
        }
        else
        {
            Log.AttemptFailed(
                logger, delivery.DeliveryId, delivery.MerchantId, delivery.Event, made.Attempt, reason, result.StatusCode, durationMs);
        }

        var state = DeliveryRecords.StateAfter(next);
        JobSpan.End(state, isSuccess ? null : reason, result.StatusCode);
        webhooks.Attempted(result, delivery.MerchantId);
        CountsOf(context).Attempted(state, made.Attempt, result.Duration, made.EndedAt - (EnqueuedAt.Of(context) ?? made.StartedAt));
        await jobLog.RecordAsync(records.OfAttempted(context, road, target, made, next, change), context.CancellationToken);
        if (road.ReleaseId is not null)
        {
            // Room on the road for the next of this merchant.
            signal.Set();
        }

        if (next is NextStep.Exhausted)
        {
            Log.DeadLetter(logger, delivery.DeliveryId, delivery.MerchantId, delivery.Event, made.Attempt, reason);
        }
    }

    /// <summary>The delivery is not attempted.</summary>
    public Task SkippedAsync(ConsumeContext<DeliverWebhook> context, OnTheRoad road, WebhookTarget target, string reason)
    {
        CountsOf(context).Skipped();
        webhooks.Skipped(reason);
        using var scope = ScopeOf(context, DeliveryRules.AttemptOf(context.Message), LogLevel.Warning);
        if (reason == SkipReason.InvalidSecret)
        {
            Log.SecretInvalid(logger, context.Message.DeliveryId, context.Message.MerchantId, context.Message.Event, reason);
        }
        else
        {
            Log.Skipped(logger, context.Message.DeliveryId, context.Message.MerchantId, context.Message.Event, reason);
        }

        // A delivery that the merchant has stays a success, however often it is published again.
        var state = reason == SkipReason.AlreadyDelivered ? JobState.Succeeded : JobState.Skipped;
        JobSpan.End(state, reason);
        return jobLog.RecordAsync(records.OfSkipped(context, road, target, state, reason), context.CancellationToken);
    }

    /// <summary>The delivery waits for a later moment.</summary>
    /// <param name="context">The message.</param>
    /// <param name="road">How it came.</param>
    /// <param name="merchantId">The merchant.</param>
    /// <param name="rank">The merchant's tier, from 0.</param>
    /// <param name="reason">Why it is not attempted.</param>
    /// <param name="dueAt">UTC; until when at least.</param>
    /// <returns>Whether it waits. Where another message under its id waits already, it does not.</returns>
    public Task<bool> PutAsideAsync(
        ConsumeContext<DeliverWebhook> context, OnTheRoad road, Guid merchantId, short rank, WaitReason reason, DateTime dueAt)
    {
        webhooks.PutAside(reason);
        using var scope = ScopeOf(context, DeliveryRules.AttemptOf(context.Message), LogLevel.Debug);
        Log.PutAside(logger, context.Message.DeliveryId, context.Message.MerchantId, context.Message.Event, reason);
        return jobLog.RecordAsync(records.OfPutAside(context, road, merchantId, rank, reason, dueAt), context.CancellationToken);
    }

    /// <summary>The attempt was made for another message, and is recorded with what follows from it.</summary>
    public Task PastAsync(ConsumeContext<DeliverWebhook> context, OnTheRoad road, WebhookTarget target) =>
        records.OfPast(context, road, target) is { } record
            ? jobLog.RecordAsync(record, context.CancellationToken)
            : Task.CompletedTask;

    /// <summary>The delivery can never be attempted.</summary>
    public Task RejectedAsync(ConsumeContext<DeliverWebhook> context, OnTheRoad road, RejectedDeliveryException rejection)
    {
        CountsOf(context).Rejected();
        using var scope = ScopeOf(context, DeliveryRules.AttemptOf(context.Message), LogLevel.Error);
        Log.Rejected(logger, context.Message.DeliveryId, context.Message.MerchantId, rejection.Message);
        JobSpan.End(JobState.Dead, rejection.Reason);
        return jobLog.RecordAsync(records.OfRejected(context, road, rejection), context.CancellationToken);
    }

    /// <summary>The queue that a delivery came from.</summary>
    internal static string QueueOf(ConsumeContext context) => IsRetry(context) ? QueueNames.WebhooksRetry : QueueNames.Webhooks;

    /// <summary>What a log line or a span calls an attempt.</summary>
    internal static JobScope JobOf(ConsumeContext<DeliverWebhook> context, int attempt) =>
        new(context.Message.DeliveryId, WebhookJob.Type, QueueOf(context), attempt, context.Message.MerchantId, context.Message.Event);

    private JobCounts CountsOf(ConsumeContext context) => IsRetry(context) ? _retries : _firstAttempts;

    // Around the line and not around the delivery, all of whose steps would pay for it.
    private IDisposable? ScopeOf(ConsumeContext<DeliverWebhook> context, int attempt, LogLevel level) =>
        logger.IsEnabled(level) ? logger.BeginScope(JobOf(context, attempt)) : null;

    // Without cutting a string out of the address for every delivery.
    private static bool IsRetry(ConsumeContext context) =>
        context.ReceiveContext.InputAddress.AbsolutePath.EndsWith("/" + QueueNames.WebhooksRetry, StringComparison.Ordinal);
}
