namespace Gateway.Persistence.Waiting;

/// <summary>Names an entry of the waiting room.</summary>
/// <param name="DeliveryId">The delivery.</param>
/// <param name="MerchantId">The merchant.</param>
public readonly record struct WaitingKey(Guid DeliveryId, Guid MerchantId);
