using Gateway.Persistence.Webhooks;

namespace Gateway.Persistence.Waiting;

/// <summary>An entry of the waiting room whose message is to be sent.</summary>
/// <param name="DeliveryId">The delivery.</param>
/// <param name="MerchantId">The merchant.</param>
/// <param name="ReleaseId">As in <see cref="WaitingLease.ReleaseId"/>.</param>
/// <param name="Releases">As in <see cref="WaitingLease.Releases"/>.</param>
/// <param name="DueAt">As in <see cref="WaitingWebhook.DueAt"/>.</param>
/// <param name="Attempt">As in <see cref="WaitingWebhook.Attempt"/>.</param>
/// <param name="MessageBytes">How long the message is.</param>
public sealed record ReleasedWebhook(
    Guid DeliveryId, Guid MerchantId, Guid ReleaseId, short Releases, DateTime DueAt, int Attempt, int MessageBytes)
{
    /// <summary>Whether it is the one attempt that shows whether an endpoint answers again.</summary>
    public bool IsProbe { get; init; }

    /// <summary>Names the entry.</summary>
    public DeliveryKey Key => new(DeliveryId, MerchantId);
}
