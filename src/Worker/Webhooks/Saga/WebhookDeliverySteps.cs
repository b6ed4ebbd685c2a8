using Gateway.Contracts;
using MassTransit;
using AttemptContext = MassTransit.BehaviorContext<Gateway.Worker.Webhooks.Saga.WebhookDelivery, Gateway.Contracts.WebhookAttemptRecorded>;
using AttemptSteps =
    MassTransit.EventActivityBinder<Gateway.Worker.Webhooks.Saga.WebhookDelivery, Gateway.Contracts.WebhookAttemptRecorded>;

namespace Gateway.Worker.Webhooks.Saga;

/// <summary>The verbs of <see cref="WebhookDeliveryStateMachine"/>.</summary>
internal static class WebhookDeliverySteps
{
    public static AttemptSteps Remember(this AttemptSteps steps) => steps.Then(context =>
    {
        var saga = context.Saga;
        var message = context.Message;
        if (message.Round < saga.Round)
        {
            return;
        }

        if (message.Round > saga.Round)
        {
            // Somebody has sent the delivery again from its first attempt.
            saga.Round = message.Round;
            saga.Attempts.Clear();
        }

        (saga.DeliveryId, saga.MerchantId, saga.Event) = (message.DeliveryId, message.MerchantId, message.Event);
        saga.Attempts.Remember(AttemptOf(message));
    });

    /// <summary>
    /// Whether the delivery's state follows from this attempt: it is the first one that succeeded, or the latest of those that failed. What
    /// is of an earlier round, or not how its attempt went, was not remembered and decides nothing.
    /// </summary>
    public static bool Decides(this AttemptContext context)
    {
        var attempts = context.Saga.Attempts;
        return context.Message.Round == context.Saga.Round
            && AttemptOf(context.Message) == (attempts.Find(made => made.IsSuccess) ?? attempts[^1]);
    }

    public static AttemptSteps AwaitRetry(this AttemptSteps steps) => steps.Then(context =>
    {
        context.Saga.NextAttemptAt = context.Message.NextAttemptAt!.Value.UtcDateTime;
        context.Saga.EndedAt = null;
    });

    public static AttemptSteps End(this AttemptSteps steps) => steps.Then(context =>
    {
        context.Saga.NextAttemptAt = null;
        context.Saga.EndedAt = context.Message.EndedAt.UtcDateTime;
    });

    private static void Remember(this List<RememberedAttempt> attempts, RememberedAttempt attempt)
    {
        var place = attempts.FindIndex(made => made.Attempt >= attempt.Attempt);
        if (place < 0)
        {
            attempts.Add(attempt);
        }
        else if (attempts[place].Attempt > attempt.Attempt)
        {
            attempts.Insert(place, attempt);
        }
        else if (attempt.CountsBefore(attempts[place]))
        {
            attempts[place] = attempt;
        }
    }

    private static RememberedAttempt AttemptOf(WebhookAttemptRecorded message) =>
        new(message.Attempt, message.Reason, message.StatusCode, message.EndedAt.UtcDateTime);
}
