using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Gateway.Contracts;
using Gateway.Persistence.DeadLetters;
using Gateway.Persistence.JobLog;
using Gateway.Persistence.Outbox;
using Gateway.Persistence.Recording;
using Gateway.Persistence.Waiting;
using Gateway.Persistence.Webhooks;
using Gateway.Worker.Bus;
using Gateway.Worker.Webhooks.Attempts;
using Gateway.Worker.Webhooks.Endpoints;
using Gateway.Worker.Webhooks.Waiting;
using MassTransit;

namespace Gateway.Worker.Webhooks;

/// <summary>What a step of a delivery leaves in the database: its row in the job log and all that follows from it.</summary>
public sealed class DeliveryRecords(WebhookOptions options, TimeProvider time)
{
    /// <summary>The reason of a dead letter all of whose attempts failed.</summary>
    public const string Exhausted = "exhausted";

    /// <summary>What an attempt leaves.</summary>
    /// <param name="context">The message.</param>
    /// <param name="road">How it came.</param>
    /// <param name="target">The endpoint.</param>
    /// <param name="made">The attempt.</param>
    /// <param name="next">What follows.</param>
    /// <param name="change">What changes about the endpoint.</param>
    public JobRecord OfAttempted(
        ConsumeContext<DeliverWebhook> context,
        OnTheRoad road,
        WebhookTarget target,
        AttemptRecord made,
        NextStep next,
        EndpointChange? change)
    {
        var delivery = context.Message;
        var reason = next is NextStep.Delivered ? null : AttemptReason.Of(made.Result.Outcome);
        var record = new JobRecord
        {
            Run = Run(context, road, made.Attempt, StateAfter(next), reason, made.Result.Detail, made),
            Waiting = StepAfter(context, road, target, made, next),
            Endpoint = change,
            // What is known of the merchant may be some seconds old. A success that an earlier attempt preceded asks in any case.
            WorkingEndpoint = next is NextStep.Delivered && (target.Endpoint!.FailingSince is not null || made.Attempt > 1)
                ? target.Endpoint.MerchantId
                : null,
        };
        if (next is NextStep.Delivered && made.Attempt == 1 && road.Round == 0)
        {
            // The usual case, of which nobody else need hear.
            return record;
        }

        return record with
        {
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
                StatusCode = made.Result.StatusCode,
                EndedAt = made.EndedAt,
                NextAttemptAt = (next as NextStep.Retry)?.DueAt,
            },
        };
    }

    /// <summary>Where the job stands after an attempt.</summary>
    public static JobState StateAfter(NextStep next) => next switch
    {
        NextStep.Delivered => JobState.Succeeded,
        NextStep.Retry => JobState.Retrying,
        _ => JobState.Dead,
    };

    /// <summary>Instead of an attempt: it is not made, and nothing waits.</summary>
    public JobRecord OfSkipped(
        ConsumeContext<DeliverWebhook> context, OnTheRoad road, WebhookTarget target, JobState state, string reason) => new()
        {
            Run = Run(context, road, DeliveryRules.AttemptOf(context.Message), state, reason),
            Waiting = Leaving(context, road, target.Rank),
            Endpoint = ProbeAgain(road, target),
        };

    /// <summary>Instead of an attempt: it can never be made.</summary>
    public JobRecord OfRejected(ConsumeContext<DeliverWebhook> context, OnTheRoad road, RejectedDeliveryException rejection) => new()
    {
        Run = Run(context, road, AttemptOfRejected(context.Message, rejection), JobState.Dead, rejection.Reason, rejection.Message),
        Waiting = Leaving(context, road, rank: 0),
    };

    /// <summary>Instead of an attempt: it waits for a later moment. That is no attempt and has no row in the job log.</summary>
    public JobRecord OfPutAside(
        ConsumeContext<DeliverWebhook> context, OnTheRoad road, Guid merchantId, short rank, WaitReason reason, DateTime dueAt)
    {
        var now = time.GetUtcNow().UtcDateTime;
        var attempt = DeliveryRules.AttemptOf(context.Message);
        var enqueuedAt = EnqueuedAt.Of(context) ?? now;
        var entry = Entry(context.Message, attempt, merchantId, road, new NextStep.Retry(dueAt, reason), now, enqueuedAt);
        return new JobRecord
        {
            Waiting = road.ReleaseId is null
                ? new WaitingStep.Enter(entry) { Rank = rank }
                : new WaitingStep.GoBack(entry) { ReleaseId = road.ReleaseId, Rank = rank },
        };
    }

    /// <summary>
    /// Instead of an attempt: it was made for another message, and is recorded with what follows. Null when nothing is to be written.
    /// </summary>
    public JobRecord? OfPast(ConsumeContext<DeliverWebhook> context, OnTheRoad road, WebhookTarget target)
    {
        if (road.ReleaseId is null)
        {
            return null;
        }

        var key = new DeliveryKey(context.Message.DeliveryId, target.Endpoint!.MerchantId);
        return new JobRecord
        {
            Waiting = new WaitingStep.Past(key, road.Round, DeliveryRules.AttemptOf(context.Message))
            {
                ReleaseId = road.ReleaseId,
                Rank = target.Rank,
            },
            Endpoint = ProbeAgain(road, target),
        };
    }

    // It was to show whether the endpoint answers again, and nobody was asked.
    private EndpointChange.ProbeAgain? ProbeAgain(OnTheRoad road, WebhookTarget target) =>
        road.IsProbe && target.Endpoint is { Url: { } url } endpoint
            ? new EndpointChange.ProbeAgain { MerchantId = endpoint.MerchantId, Url = url, At = time.GetUtcNow().UtcDateTime }
            : null;

    // What is refused because of another one says nothing about how that one stands.
    private static int AttemptOfRejected(DeliverWebhook delivery, RejectedDeliveryException rejection) =>
        rejection.Reason == DeliveryRules.ConflictReason ? 0 : DeliveryRules.AttemptOf(delivery);

    // What was released is in the waiting room until somebody says that it is not.
    private static WaitingStep.Leave? Leaving(ConsumeContext<DeliverWebhook> context, OnTheRoad road, short rank) =>
        road.ReleaseId is not null && DeliveryKey.From(context.Message.DeliveryId, context.Message.MerchantId) is { } key
            ? new WaitingStep.Leave(key) { ReleaseId = road.ReleaseId, Rank = rank }
            : null;

    private JobRun Run(
        ConsumeContext<DeliverWebhook> context,
        OnTheRoad road,
        int attempt,
        JobState state,
        string? reason,
        string? detail = null,
        AttemptRecord? made = null)
    {
        var now = time.GetUtcNow();
        return new JobRun
        {
            RunId = made?.RunId ?? RunId.At(now),
            JobId = context.Message.DeliveryId,
            JobType = WebhookJob.Type,
            Queue = DeliveryLog.QueueOf(context),
            Attempt = attempt,
            Round = road.Round,
            State = state,
            Reason = reason,
            StatusCode = made?.Result.StatusCode,
            Detail = detail,
            MerchantId = context.Message.MerchantId,
            Event = context.Message.Event,
            Reference = options.Reference.Find(context.Message.Payload),
            StartedAt = made?.StartedAt ?? now.UtcDateTime,
            DurationMs = (int)(made?.Result.Duration ?? TimeSpan.Zero).TotalMilliseconds,
            TraceId = TraceOfRun.Current,
            Webhook = IsKept(state, reason) ? Keep(context.Message) : null,
        };
    }

    // What was given up or skipped can be sent again later, and the broker has it no more.
    private bool IsKept(JobState state, string? reason) =>
        reason is not (
            "invalid_delivery_id" or "invalid_merchant_id" or "invalid_event" or "invalid_payload" or "payload_too_large"
            or DeliveryRules.ConflictReason)
        && (state is JobState.Dead or JobState.Skipped || (state == JobState.Succeeded && options.KeepsDelivered && reason is null));

    private static KeptWebhook Keep(DeliverWebhook delivery) => new()
    {
        DeliveryId = delivery.DeliveryId,
        MerchantId = delivery.MerchantId,
        Event = delivery.Event,
        Payload = Encoding.UTF8.GetString(JsonMarshal.GetRawUtf8Value(delivery.Payload)),
        OccurredAt = delivery.OccurredAt?.ToString("O", CultureInfo.InvariantCulture),
    };

    private WaitingStep? StepAfter(
        ConsumeContext<DeliverWebhook> context, OnTheRoad road, WebhookTarget target, AttemptRecord made, NextStep next)
    {
        var merchantId = target.Endpoint!.MerchantId;
        if (next is not NextStep.Retry retry)
        {
            // A first attempt that its publisher sent waits nowhere, unless it was put aside and the acknowledgement was lost.
            return !road.MayHaveTwin && made.Attempt == 1
                ? null
                : new WaitingStep.Leave(new DeliveryKey(context.Message.DeliveryId, merchantId))
                {
                    ReleaseId = road.ReleaseId,
                    Rank = target.Rank,
                };
        }

        var delivery = context.Message with { Attempt = made.Attempt };
        var asNew = road with { Faults = 0, IsRedelivered = false };
        var entry = Entry(delivery, made.Attempt + 1, merchantId, asNew, retry, made.EndedAt, EnqueuedAt.Of(context) ?? made.StartedAt);
        return new WaitingStep.Enter(entry) { ReleaseId = road.ReleaseId, Rank = target.Rank };
    }

    private WaitingWebhook Entry(
        DeliverWebhook delivery,
        int attempt,
        Guid merchantId,
        OnTheRoad road,
        NextStep.Retry wait,
        DateTime since,
        DateTime enqueuedAt) => new()
        {
            DeliveryId = delivery.DeliveryId,
            MerchantId = merchantId,
            DueAt = wait.DueAt,
            WaitsSince = since,
            EnqueuedAt = enqueuedAt,
            Attempt = attempt,
            Round = road.Round,
            Reason = wait.Reason,
            Faults = road.Faults,
            IsRedelivered = road.IsRedelivered,
            Event = delivery.Event,
            // Of what was attempted its row in the job log says it.
            Reference = attempt == 1 ? options.Reference.Find(delivery.Payload) : null,
            TraceParent = Activity.Current is { IdFormat: ActivityIdFormat.W3C } span ? span.Id : null,
            Message = JsonSerializer.SerializeToUtf8Bytes(delivery),
        };

    private static DeadLetter LetterOf(DeliverWebhook delivery, AttemptRecord made) => new()
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

    private static string Summary(AttemptRecord last)
    {
        var reason = FormattableString.Invariant($"{AttemptReason.Of(last.Result.Outcome)} {last.Result.StatusCode}").TrimEnd();
        return last.Attempt == 1
            ? $"the only attempt failed by {reason}"
            : FormattableString.Invariant($"{last.Attempt} attempts failed, the last one by {reason}");
    }

    private List<OutboxMessage> MessagesAfter(DeliverWebhook delivery, AttemptRecord made, NextStep next, string? reason)
    {
        List<OutboxMessage> messages = [];
        if (reason is not null && options.PublishesAttemptFailures)
        {
            messages.Add(Event(new WebhookAttemptFailed
            {
                DeliveryId = delivery.DeliveryId,
                Delivery = delivery,
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
            var key = $"webhook {delivery.DeliveryId}";
            return OutboxMessage.Create(message, Guid.CreateVersion7(now), key, mustArrive: false, now.UtcDateTime);
        }
    }
}
