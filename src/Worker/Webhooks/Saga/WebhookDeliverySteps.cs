using System.Globalization;
using System.Text.Json;
using Gateway.Contracts;
using Gateway.Worker.Bus;
using Gateway.Worker.Telemetry;
using MassTransit;
using MassTransit.Middleware.InMemoryOutbox;
using AttemptFailedContext = MassTransit.BehaviorContext<Gateway.Worker.Webhooks.Saga.WebhookDelivery, Gateway.Contracts.WebhookAttemptFailed>;
using AttemptFailedSteps = MassTransit.EventActivityBinder<Gateway.Worker.Webhooks.Saga.WebhookDelivery, Gateway.Contracts.WebhookAttemptFailed>;
using RecoveredSteps = MassTransit.EventActivityBinder<Gateway.Worker.Webhooks.Saga.WebhookDelivery, Gateway.Contracts.WebhookRecovered>;

namespace Gateway.Worker.Webhooks.Saga;

/// <summary>The verbs of <see cref="WebhookDeliveryStateMachine"/>.</summary>
internal static class WebhookDeliverySteps
{
    private static readonly Uri RetryQueue = new("queue:" + QueueNames.WebhooksRetry);
    private static readonly Uri ErrorQueue = new("queue:" + QueueNames.ErrorsOf(QueueNames.Webhooks));

    public static bool HasRetriesLeft(this AttemptFailedContext context, RetrySchedule schedule) =>
        !context.Message.IsFinal && schedule.HasRetriesAfter(context.Message.Attempt);

    public static bool IsNextAttempt(this AttemptFailedContext context) => context.Message.Attempt > context.Saga.AttemptsMade;

    // The state was saved and a crash came before its consequence was sent, or before the broker heard that it was.
    public static bool IsSameMessageAgain(this AttemptFailedContext context) =>
        !context.IsNextAttempt() && context.MessageId is { } id && id == context.Saga.RecordedBy;

    // Somebody sent a finished delivery again from the start.
    public static bool IsNewLadder(this AttemptFailedContext context) =>
        context.Message.Attempt == 1 && !context.IsSameMessageAgain() && !context.IsSameAttemptAgain();

    // A worker died after it told of the attempt, and the one that took the message over told of it once more, in a message of its own.
    private static bool IsSameAttemptAgain(this AttemptFailedContext context) =>
        context.Saga.Attempts.Any(made => made.Attempt == context.Message.Attempt && made.FailedAt == context.Message.FailedAt.UtcDateTime);

    public static AttemptFailedSteps StartOver(this AttemptFailedSteps steps) => steps.Then(context =>
    {
        context.Saga.Attempts.Clear();
        context.Saga.EndedAt = null;
    });

    public static AttemptFailedSteps RecordAttempt(this AttemptFailedSteps steps) => steps.Then(context =>
    {
        var message = context.Message;
        context.Saga.Attempts.Add(new FailedAttempt(message.Attempt, message.Reason, message.StatusCode, message.FailedAt.UtcDateTime));
        context.Saga.Delivery = message.Delivery with { Attempt = message.Attempt };
        context.Saga.RecordedBy = context.MessageId;
    });

    public static AttemptFailedSteps ScheduleRetry(this AttemptFailedSteps steps, RetrySchedule schedule, TimeProvider time) => steps.ThenAsync(context =>
    {
        var retryAfter = context.Message.RetryAfterSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : (TimeSpan?)null;
        var delay = schedule.MaxAttempts * (retryAfter ?? TimeSpan.FromSeconds(1));
        context.Saga.NextAttemptAt = time.GetUtcNow().UtcDateTime + delay;
        return context.SendRetryOnceSaved(delay);
    });

    public static AttemptFailedSteps ScheduleRetryAgain(this AttemptFailedSteps steps, TimeProvider time) => steps.ThenAsync(context =>
    {
        var left = context.Saga.NextAttemptAt!.Value - time.GetUtcNow().UtcDateTime;
        return context.SendRetryOnceSaved(left > TimeSpan.Zero ? left : TimeSpan.FromMilliseconds(1));
    });

    public static AttemptFailedSteps DeadLetter(this AttemptFailedSteps steps, ILogger logger) => steps.ThenAsync(async context =>
    {
        var saga = context.Saga;
        var message = context.Message;
        saga.NextAttemptAt = null;
        saga.EndedAt = message.FailedAt.UtcDateTime;

        var letter = Pipe.Execute<SendContext<DeliverWebhook>>(send =>
        {
            send.Headers.Set("MT-Reason", "exhausted");
            send.Headers.Set("MT-Fault-Message", Summary(message));
            send.Headers.Set("MT-Fault-Timestamp", message.FailedAt.UtcDateTime.ToString("O", CultureInfo.InvariantCulture));
            send.Headers.Set("Gateway-Attempts", JsonSerializer.Serialize(saga.Attempts, JsonSerializerOptions.Web));
        });
        var exhausted = new WebhookExhausted
        {
            DeliveryId = message.DeliveryId,
            MerchantId = message.Delivery.MerchantId,
            Event = message.Delivery.Event,
            Attempts = message.Attempt,
            Reason = message.Reason,
            StatusCode = message.StatusCode,
            ExhaustedAt = message.FailedAt,
        };
        var deadLetters = await context.GetSendEndpoint(ErrorQueue);
        await deadLetters.Send(saga.Delivery!, letter, context.CancellationToken);
        await context.Publish(exhausted, context.CancellationToken);
        using var scope = logger.BeginScope(new JobScope(
            message.DeliveryId, DeliveryLog.JobType, QueueNames.Webhooks, message.Attempt, message.Delivery.MerchantId, message.Delivery.Event));
        Log.DeadLetter(logger, message.DeliveryId, message.Delivery.MerchantId, message.Delivery.Event, message.Attempt, message.Reason);
    });

    public static RecoveredSteps RecordSuccess(this RecoveredSteps steps) => steps.Then(context =>
    {
        context.Saga.NextAttemptAt = null;
        context.Saga.EndedAt = context.Message.DeliveredAt.UtcDateTime;
    });

    // The in-memory outbox holds back what is sent and published, but schedules at once and hopes to cancel. A delayed message
    // cannot be cancelled here, so it is put into the outbox by hand: a worker that loses the race to save schedules nothing.
    private static Task SendRetryOnceSaved(this AttemptFailedContext context, TimeSpan delay)
    {
        var delivery = context.Saga.Delivery!;
        return context.GetPayload<OutboxContext>().Add(() => context.ScheduleSend(
            RetryQueue, delay, delivery, Pipe.Execute<SendContext<DeliverWebhook>>(retry => EnqueuedAt.Copy(context, retry))));
    }

    private static string Summary(WebhookAttemptFailed last)
    {
        var reason = FormattableString.Invariant($"{last.Reason} {last.StatusCode}").TrimEnd();
        return last.Attempt == 1
            ? $"the only attempt failed by {reason}"
            : FormattableString.Invariant($"{last.Attempt} attempts failed, the last one by {reason}");
    }
}
