using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Gateway.Contracts;
using Gateway.Persistence.JobLog;
using Gateway.Worker.Bus;
using Gateway.Worker.Jobs;
using Gateway.Worker.Telemetry;
using Gateway.Worker.Webhooks.Isolation;
using Gateway.Worker.Webhooks.Register;
using MassTransit;

namespace Gateway.Worker.Webhooks;

/// <summary>Tells the job log and the operator's log what happened to a delivery. Returns when the row is committed.</summary>
public sealed class DeliveryLog(
    JobRecorder jobLog, JobMetrics jobs, WebhookMetrics webhooks, RetrySchedule schedule, WebhookOptions options, TimeProvider time, ILogger<DeliveryLog> logger)
{
    /// <summary>The job type of a webhook delivery.</summary>
    public const string JobType = "webhook:delivery";

    private readonly JobCounts _firstAttempts = jobs.Of(JobType, QueueNames.Webhooks);
    private readonly JobCounts _retries = jobs.Of(JobType, QueueNames.WebhooksRetry);

    /// <summary>An attempt was made.</summary>
    public Task AttemptedAsync(ConsumeContext<DeliverWebhook> context, AttemptMark made)
    {
        var delivery = context.Message;
        var result = made.Result;
        var isSuccess = result.Outcome == AttemptOutcome.Succeeded;
        var reason = isSuccess ? null : AttemptReason.Of(result.Outcome);
        var state = isSuccess ? JobState.Succeeded
            : result.Outcome == AttemptOutcome.Gone || !schedule.HasRetriesAfter(made.Attempt) ? JobState.Dead
            : JobState.Retrying;

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
        var endedAt = made.StartedAt + result.Duration;
        CountsOf(context).Attempted(state, made.Attempt, result.Duration, endedAt - (EnqueuedAt.Of(context) ?? made.StartedAt));
        return jobLog.RecordAsync(
            Run(context, made.RunId, made.Attempt, state, reason, made.StartedAt, result.Duration, result.StatusCode, result.Detail),
            context.CancellationToken);
    }

    /// <summary>The delivery is not attempted.</summary>
    public Task SkippedAsync(ConsumeContext<DeliverWebhook> context, string reason)
    {
        CountsOf(context).Skipped();
        using var scope = ScopeOf(context, DeliveryRules.AttemptOf(context.Message), LogLevel.Information);
        Log.Skipped(logger, context.Message.DeliveryId, context.Message.MerchantId, context.Message.Event, reason);
        // A delivery that the merchant has stays a success, however often it is published again.
        var state = reason == SkipReason.AlreadyDelivered ? JobState.Succeeded : JobState.Skipped;
        JobSpan.End(state, reason);
        return jobLog.RecordAsync(RunNow(context, state, reason, detail: null), context.CancellationToken);
    }

    /// <summary>The delivery waits because its merchant has no room. That is no attempt and has no row.</summary>
    public void Snoozed(ConsumeContext<DeliverWebhook> context, LaneState circuit, TimeSpan wait)
    {
        using var scope = ScopeOf(context, DeliveryRules.AttemptOf(context.Message), LogLevel.Debug);
        Log.Snoozed(logger, context.Message.DeliveryId, context.Message.MerchantId, context.Message.Event, circuit, wait);
    }

    /// <summary>The delivery can never be attempted.</summary>
    public Task RejectedAsync(ConsumeContext<DeliverWebhook> context, RejectedDeliveryException rejection)
    {
        CountsOf(context).Rejected();
        using var scope = ScopeOf(context, DeliveryRules.AttemptOf(context.Message), LogLevel.Error);
        Log.Rejected(logger, context.Message.DeliveryId, context.Message.MerchantId, rejection.Message);
        JobSpan.End(JobState.Dead, rejection.Reason);
        return jobLog.RecordAsync(RunNow(context, JobState.Dead, rejection.Reason, rejection.Message), context.CancellationToken);
    }

    private JobRun Run(
        ConsumeContext<DeliverWebhook> context,
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

    private JobRun RunNow(ConsumeContext<DeliverWebhook> context, JobState state, string reason, string? detail)
    {
        var now = time.GetUtcNow();
        return Run(context, RunId.At(now), DeliveryRules.AttemptOf(context.Message), state, reason, now.UtcDateTime, TimeSpan.Zero, statusCode: null, detail);
    }
}
