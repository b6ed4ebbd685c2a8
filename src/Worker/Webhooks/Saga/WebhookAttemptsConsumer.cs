using Gateway.Contracts;
using Gateway.Persistence.Sagas;
using MassTransit;
using MassTransit.Context;

namespace Gateway.Worker.Webhooks.Saga;

/// <summary>
/// Tells the sagas of the attempts of one commit. All of them are loaded in one round trip and saved in another, without the pipeline that
/// MassTransit runs for each event of a saga: at thousands of failures a second it would cost more than the attempts.
/// </summary>
public sealed class WebhookAttemptsConsumer(ISagaStore<WebhookDelivery> sagas, WebhookDeliveryStateMachine machine)
    : IConsumer<WebhookAttemptsRecorded>
{
    /// <inheritdoc/>
    public async Task Consume(ConsumeContext<WebhookAttemptsRecorded> context)
    {
        var attempts = context.Message.Attempts.ToLookup(attempt => WebhookDelivery.IdOf(attempt.DeliveryId, attempt.MerchantId));
        IReadOnlyCollection<Guid> left = [.. attempts.Select(ofDelivery => ofDelivery.Key)];
        // Whoever finds its instance changed has lost to somebody who is done, so this comes to an end.
        while (left.Count > 0)
        {
            var loaded = await sagas.LoadAsync(left, context.CancellationToken);
            foreach (var stored in loaded)
            {
                foreach (var attempt in attempts[stored.Saga.CorrelationId])
                {
                    await TellAsync(stored.Saga, attempt, context);
                }
            }

            left = await sagas.SaveAsync(loaded);
        }
    }

    private Task TellAsync(WebhookDelivery saga, WebhookAttemptRecorded attempt, ConsumeContext context)
    {
        StateMachine<WebhookDelivery> table = machine;
        var ofSaga = new DefaultSagaConsumeContext<WebhookDelivery, WebhookAttemptRecorded>(
            new MessageConsumeContext<WebhookAttemptRecorded>(context, attempt), saga);
        return table.RaiseEvent(new MassTransitStateMachine<WebhookDelivery>.BehaviorContextProxy<WebhookAttemptRecorded>(
            table, ofSaga, ofSaga, machine.EventOf(attempt)));
    }
}
