namespace Gateway.Persistence.Waiting;

/// <summary>A <see cref="WaitingWebhook"/> without its message, and what holds it up.</summary>
public sealed record WaitingDelivery
{
    /// <summary>As in <see cref="WaitingWebhook.DeliveryId"/>.</summary>
    public required Guid DeliveryId { get; init; }

    /// <summary>As in <see cref="WaitingWebhook.MerchantId"/>.</summary>
    public required Guid MerchantId { get; init; }

    /// <summary>As in <see cref="WaitingWebhook.Event"/>.</summary>
    public required string Event { get; init; }

    /// <summary>As in <see cref="WaitingWebhook.DueAt"/>.</summary>
    public required DateTime DueAt { get; init; }

    /// <summary>As in <see cref="WaitingWebhook.WaitsSince"/>.</summary>
    public required DateTime WaitsSince { get; init; }

    /// <summary>As in <see cref="WaitingWebhook.EnqueuedAt"/>.</summary>
    public required DateTime EnqueuedAt { get; init; }

    /// <summary>As in <see cref="WaitingWebhook.Attempt"/>.</summary>
    public required int Attempt { get; init; }

    /// <summary>As in <see cref="WaitingWebhook.Reason"/>.</summary>
    public required WaitReason Reason { get; init; }

    /// <summary>As in <see cref="WaitingWebhook.UnreadableReason"/>.</summary>
    public string? UnreadableReason { get; init; }

    /// <summary>Whether its message was sent, or is about to be.</summary>
    public required bool IsOnTheRoad { get; init; }

    /// <summary>UTC; until then its merchant's endpoint is left alone; null when it is not.</summary>
    public DateTime? HeldUntil { get; init; }
}
