namespace Gateway.Persistence.Waiting;

/// <summary>A <see cref="WaitingWebhook"/> as it is listed: without its message.</summary>
public sealed record WaitingEntry
{
    /// <inheritdoc cref="WaitingWebhook.DeliveryId"/>
    public required Guid DeliveryId { get; init; }

    /// <inheritdoc cref="WaitingWebhook.MerchantId"/>
    public required Guid MerchantId { get; init; }

    /// <inheritdoc cref="WaitingWebhook.Event"/>
    public required string Event { get; init; }

    /// <inheritdoc cref="WaitingWebhook.Attempt"/>
    public required int Attempt { get; init; }

    /// <inheritdoc cref="WaitingWebhook.Round"/>
    public required short Round { get; init; }

    /// <inheritdoc cref="WaitingWebhook.Reason"/>
    public required WaitReason Reason { get; init; }

    /// <inheritdoc cref="WaitingWebhook.DueAt"/>
    public required DateTime DueAt { get; init; }

    /// <inheritdoc cref="WaitingWebhook.WaitsSince"/>
    public required DateTime WaitsSince { get; init; }

    /// <inheritdoc cref="WaitingWebhook.EnqueuedAt"/>
    public required DateTime EnqueuedAt { get; init; }

    /// <inheritdoc cref="WaitingWebhook.UnreadableReason"/>
    public required string? UnreadableReason { get; init; }

    /// <summary>UTC; its message was sent, and is taken for lost then. Null while it is not on the road.</summary>
    public required DateTime? LeasedUntil { get; init; }

    /// <summary>UTC; its merchant's endpoint is left alone until then. Null where it is not, and in lists.</summary>
    public DateTime? HeldUntil { get; init; }
}
