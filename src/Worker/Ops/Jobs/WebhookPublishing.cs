using Gateway.Contracts;
using Gateway.Persistence.JobLog;
using Gateway.Persistence.Webhooks;
using Gateway.Worker.Bus;
using Gateway.Worker.Webhooks;
using Gateway.Worker.Webhooks.Attempts;
using Gateway.Worker.Webhooks.Register;

namespace Gateway.Worker.Ops.Jobs;

/// <summary>Publishes a webhook. Services do that too, so it is no operator's change.</summary>
public sealed class WebhookPublishing(JobPublisher publisher, IDeliveryRegister register, WebhookOptions options, TimeProvider time)
{
    /// <summary>Publishes a webhook; the broker has it when this is done.</summary>
    public async Task<Result<PublishedJob>> PublishAsync(PublishWebhookRequest request, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var delivery = new DeliverWebhook
        {
            DeliveryId = request.DeliveryId ?? Guid.CreateVersion7(now),
            MerchantId = request.MerchantId ?? "",
            Event = request.Event ?? "",
            Payload = request.Payload,
            OccurredAt = request.OccurredAt ?? now,
        };
        if (Complaint(request, delivery) is { } complaint)
        {
            return complaint;
        }

        if (DeliveryKey.From(request.DeliveryId, delivery.MerchantId) is { } key
            && await register.IsOtherAsync(key, WebhookContent.HashOf(delivery)))
        {
            return Refusal.Conflict("Not published", DeliveryRules.Conflict(delivery).Message + ".");
        }

        return await publisher.PublishAsync(
            delivery,
            JobRun.Queued(
                now,
                delivery.DeliveryId,
                WebhookJob.Type,
                QueueNames.Webhooks,
                delivery.MerchantId,
                delivery.Event,
                reference: options.Reference.Find(delivery.Payload)),
            $"Publish it again with \"delivery_id\": \"{delivery.DeliveryId}\": "
            + "should the broker have it all the same, it is delivered once.",
            cancellationToken);
    }

    private Refusal? Complaint(PublishWebhookRequest request, DeliverWebhook delivery)
    {
        if (string.IsNullOrWhiteSpace(request.MerchantId))
        {
            return Refusal.InvalidField("merchant_id", "merchant_id is missing; give the merchant's id");
        }

        return DeliveryRules.Check(delivery, options.MaxPayloadBytes) is { } rejection
            ? Refusal.InvalidField(rejection.Reason.Replace("invalid_", "", StringComparison.Ordinal), rejection.Message)
            : null;
    }
}
