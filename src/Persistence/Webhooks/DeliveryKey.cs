namespace Gateway.Persistence.Webhooks;

/// <summary>Names the delivery of a webhook: two merchants may have one under the same id, each its own.</summary>
/// <param name="DeliveryId">The delivery's id, which the merchant sees as <c>webhook-id</c>.</param>
/// <param name="MerchantId">The merchant.</param>
public readonly record struct DeliveryKey(Guid DeliveryId, Guid MerchantId)
{
    /// <summary>
    /// The key of a delivery whose merchant is named by text; null when there is no delivery, or the text is no merchant's id.
    /// </summary>
    public static DeliveryKey? From(Guid? deliveryId, string? merchantId) =>
        deliveryId is { } id && Guid.TryParse(merchantId, out var merchant) ? new DeliveryKey(id, merchant) : null;
}
