using Gateway.Contracts;
using MassTransit;

namespace Gateway.Worker.Webhooks.Saga;

/// <summary>
/// Decides what follows a failed attempt. The constructor is the transition table; the steps are in
/// <see cref="WebhookDeliverySteps"/>; a picture is in docs/webhook-delivery.md.
/// </summary>
public sealed class WebhookDeliveryStateMachine : MassTransitStateMachine<WebhookDelivery>
{
    /// <summary>Builds the table.</summary>
    public WebhookDeliveryStateMachine(RetrySchedule schedule, TimeProvider time, ILogger<WebhookDeliveryStateMachine> logger)
    {
        InstanceState(x => x.CurrentState);

        Event(() => AttemptFailed, x => x.CorrelateById(m => m.Message.DeliveryId));
        Event(() => Recovered, x =>
        {
            x.CorrelateById(m => m.Message.DeliveryId);
            // Its history was lost with Redis; the merchant has the webhook, and that is all that mattered.
            x.OnMissingInstance(m => m.Discard());
        });

        Initially(
            When(AttemptFailed)
                .RecordAttempt()
                .IfElse(x => x.HasRetriesLeft(schedule),
                    retry => retry.ScheduleRetry(schedule, time).TransitionTo(AwaitingRetry),
                    stop => stop.DeadLetter(logger).TransitionTo(Exhausted)));

        // One When for each event: a second one with a filter would see the state that the first has just changed.
        During(AwaitingRetry,
            When(AttemptFailed)
                .IfElse(x => x.IsNextAttempt(),
                    next => next
                        .RecordAttempt()
                        .IfElse(x => x.HasRetriesLeft(schedule),
                            retry => retry.ScheduleRetry(schedule, time),
                            stop => stop.DeadLetter(logger).TransitionTo(Exhausted)),
                    known => known
                        .If(x => x.IsSameMessageAgain(), again => again.ScheduleRetryAgain(time))),
            When(Recovered)
                .RecordSuccess()
                .TransitionTo(Delivered));

        During(Exhausted,
            When(AttemptFailed)
                .IfElse(x => x.IsSameMessageAgain(),
                    again => again.DeadLetter(logger),
                    other => other
                        .If(x => x.IsNewLadder(), ladder => ladder
                            .StartOver()
                            .RecordAttempt()
                            .IfElse(x => x.HasRetriesLeft(schedule),
                                retry => retry.ScheduleRetry(schedule, time).TransitionTo(AwaitingRetry),
                                stop => stop.DeadLetter(logger)))),
            When(Recovered)
                .RecordSuccess()
                .TransitionTo(Delivered));

        During(Delivered,
            When(AttemptFailed)
                .If(x => x.IsNewLadder(), ladder => ladder
                    .StartOver()
                    .RecordAttempt()
                    .IfElse(x => x.HasRetriesLeft(schedule),
                        retry => retry.ScheduleRetry(schedule, time).TransitionTo(AwaitingRetry),
                        stop => stop.DeadLetter(logger).TransitionTo(Exhausted))),
            Ignore(Recovered));
    }

    /// <summary>A retry waits in its delay queue.</summary>
    public State AwaitingRetry { get; } = null!;

    /// <summary>The last attempt failed; the message is a dead letter.</summary>
    public State Exhausted { get; } = null!;

    /// <summary>The merchant accepted it after all.</summary>
    public State Delivered { get; } = null!;

    /// <summary>An attempt failed.</summary>
    public Event<WebhookAttemptFailed> AttemptFailed { get; } = null!;

    /// <summary>An attempt after the first succeeded.</summary>
    public Event<WebhookRecovered> Recovered { get; } = null!;
}
