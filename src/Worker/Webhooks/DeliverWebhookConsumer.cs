using Gateway.Contracts;
using Gateway.Worker.Webhooks.Endpoints;
using Gateway.Worker.Webhooks.Register;
using Gateway.Worker.Webhooks.Sending;
using Gateway.Worker.Webhooks.Signing;
using MassTransit;

namespace Gateway.Worker.Webhooks;

/// <summary>
/// Makes one attempt to deliver a webhook: look up, sign, post, record, announce. The message is acknowledged only after the
/// attempt is in the job log and, if it failed, after the broker has its <see cref="WebhookAttemptFailed"/>.
/// </summary>
public sealed class DeliverWebhookConsumer(
    EndpointDirectory endpoints,
    IDeliveryRegister register,
    WebhookSigner signer,
    WebhookSender sender,
    DeliveryLog deliveryLog,
    EndpointSwitch endpointSwitch,
    WebhookOptions options,
    TimeProvider time) : IConsumer<DeliverWebhook>
{
    /// <inheritdoc/>
    public async Task Consume(ConsumeContext<DeliverWebhook> context)
    {
        var delivery = context.Message;
        if (DeliveryRules.Check(delivery) is { } rejection)
        {
            await deliveryLog.RejectedAsync(context, rejection);
            throw rejection;
        }

        var target = await endpoints.FindAsync(delivery.MerchantId, context.CancellationToken);
        if (target.ReasonToSkip(delivery.Event, signer.CanSign(target.Secrets)) is { } reason)
        {
            await deliveryLog.SkippedAsync(context, reason);
            return;
        }

        var attempt = delivery.Attempt + 1;
        var isRedelivered = context.ReceiveContext.Redelivered || context.GetRedeliveryCount() > 0;
        var claim = await register.ClaimAsync(delivery.DeliveryId, attempt, isRedelivered);
        if (claim.IsHeldByOther)
        {
            // The same delivery was published twice and the other one is on its way: look again when its outcome is known.
            await context.ScheduleSend(context.ReceiveContext.InputAddress, options.RetryDelays[0], delivery, context.CancellationToken);
            return;
        }

        if (claim.Made is { } known && !(isRedelivered && known.Attempt == attempt))
        {
            // A later attempt that failed has announced itself, and this one before it: there is nothing to add.
            if (known.Result.Outcome == AttemptOutcome.Succeeded)
            {
                await deliveryLog.SkippedAsync(context, SkipReason.AlreadyDelivered);
            }

            return;
        }

        // A consumer died after it posted and before it acknowledged: what may be missing is the record, not another post.
        var made = claim.Made ?? await AttemptAsync(delivery, target, attempt, context.CancellationToken);

        await deliveryLog.AttemptedAsync(context, made);
        await AnnounceAsync(context, target, made);
    }

    private async Task<AttemptMark> AttemptAsync(DeliverWebhook delivery, WebhookTarget target, int attempt, CancellationToken cancellationToken)
    {
        var startedAt = time.GetUtcNow();
        var request = signer.Sign(delivery, target.Url!, target.Secrets, attempt, startedAt);
        var result = await sender.SendAsync(request, cancellationToken);
        var mark = new AttemptMark(attempt, Guid.CreateVersion7(startedAt), startedAt.UtcDateTime, result);
        register.Remember(delivery.DeliveryId, mark);
        return mark;
    }

    private async Task AnnounceAsync(ConsumeContext<DeliverWebhook> context, WebhookTarget target, AttemptMark made)
    {
        var delivery = context.Message;
        var endedAt = new DateTimeOffset(made.StartedAt) + made.Result.Duration;
        if (made.Result.Outcome == AttemptOutcome.Succeeded)
        {
            if (made.Attempt > 1)
            {
                await context.Publish(new WebhookRecovered
                {
                    DeliveryId = delivery.DeliveryId,
                    MerchantId = delivery.MerchantId,
                    Event = delivery.Event,
                    Attempt = made.Attempt,
                    DeliveredAt = endedAt,
                });
            }

            return;
        }

        if (made.Result.Outcome == AttemptOutcome.Gone)
        {
            await endpointSwitch.DisableAsync(context, target.Endpoint!, AttemptReason.Of(AttemptOutcome.Gone), endedAt);
        }

        await context.Publish(new WebhookAttemptFailed
        {
            DeliveryId = delivery.DeliveryId,
            Delivery = delivery with { OccurredAt = delivery.OccurredAt ?? made.StartedAt },
            Attempt = made.Attempt,
            Reason = AttemptReason.Of(made.Result.Outcome),
            StatusCode = made.Result.StatusCode,
            RetryAfterSeconds = (int?)made.Result.RetryAfter?.TotalSeconds,
            IsFinal = made.Result.Outcome == AttemptOutcome.Gone,
            FailedAt = endedAt,
        });
    }
}
