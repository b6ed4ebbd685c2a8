using Gateway.Contracts;
using MassTransit;

namespace Gateway.Worker.Webhooks.Saga;

/// <summary>
/// Remembers the attempts of a delivery. It decides nothing: what it is told is in the job log, and the retry waits already. The
/// constructor is the transition table; the steps are in <see cref="WebhookDeliverySteps"/>; a picture is in docs/webhook-delivery.md.
/// </summary>
public sealed class WebhookDeliveryStateMachine : MassTransitStateMachine<WebhookDelivery>
{
    /// <summary>Builds the table.</summary>
    public WebhookDeliveryStateMachine()
    {
        InstanceState(x => x.CurrentState);

        Initially(
            When(AttemptFailed).Remember().AwaitRetry().TransitionTo(AwaitingRetry),
            When(LastAttemptFailed).Remember().End().TransitionTo(Exhausted),
            When(AttemptSucceeded).Remember().End().TransitionTo(Delivered));

        // Attempts are told in any order and more than once, so most of what can come changes no state.
        DuringAny(
            When(AttemptFailed).Remember().If(x => x.Decides(), failure => failure.AwaitRetry().TransitionTo(AwaitingRetry)),
            When(LastAttemptFailed).Remember().If(x => x.Decides(), failure => failure.End().TransitionTo(Exhausted)),
            When(AttemptSucceeded).Remember().If(x => x.Decides(), success => success.End().TransitionTo(Delivered)));
    }

    /// <summary>A retry waits until it is due.</summary>
    public State AwaitingRetry { get; } = null!;

    /// <summary>The last attempt failed; the delivery is a dead letter.</summary>
    public State Exhausted { get; } = null!;

    /// <summary>The merchant accepted it after all.</summary>
    public State Delivered { get; } = null!;

    /// <summary>An attempt failed and another one follows.</summary>
    public Event<WebhookAttemptRecorded> AttemptFailed { get; } = null!;

    /// <summary>An attempt failed and none follows.</summary>
    public Event<WebhookAttemptRecorded> LastAttemptFailed { get; } = null!;

    /// <summary>An attempt succeeded.</summary>
    public Event<WebhookAttemptRecorded> AttemptSucceeded { get; } = null!;

    /// <summary>The event that an attempt is.</summary>
    internal Event<WebhookAttemptRecorded> EventOf(WebhookAttemptRecorded attempt) => attempt switch
    {
        { Reason: null } => AttemptSucceeded,
        { NextAttemptAt: null } => LastAttemptFailed,
        _ => AttemptFailed,
    };
}
