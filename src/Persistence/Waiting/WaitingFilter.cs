namespace Gateway.Persistence.Waiting;

/// <summary>Chooses webhooks of the waiting room: those of which every property that is given holds. Null means any.</summary>
public sealed record WaitingFilter
{
    /// <summary>The delivery.</summary>
    public Guid? DeliveryId { get; init; }

    /// <summary>The merchant.</summary>
    public Guid? MerchantId { get; init; }

    /// <summary>The event.</summary>
    public string? Event { get; init; }

    /// <summary>Why the webhook waits.</summary>
    public WaitReason? Reason { get; init; }

    /// <summary>True: those that wait for their first attempt; false: those that wait for a later one.</summary>
    public bool? IsFirstAttempt { get; init; }

    /// <summary>UTC; due then or later.</summary>
    public DateTime? DueFrom { get; init; }

    /// <summary>UTC; the next attempt is due before.</summary>
    public DateTime? DueTo { get; init; }

    /// <summary>Whether its message was sent and has not been dealt with.</summary>
    public bool? IsOnTheRoad { get; init; }

    /// <summary>Whether this version cannot read it.</summary>
    public bool? IsUnreadable { get; init; }

    internal IQueryable<WaitingWebhook> Narrow(GatewayDbContext db)
    {
        IQueryable<WaitingWebhook> waiting = db.WaitingWebhooks;
        if (DeliveryId is { } deliveryId)
        {
            waiting = waiting.Where(w => w.DeliveryId == deliveryId);
        }

        if (MerchantId is { } merchantId)
        {
            waiting = waiting.Where(w => w.MerchantId == merchantId);
        }

        if (Event is { } @event)
        {
            waiting = waiting.Where(w => w.Event == @event);
        }

        if (Reason is { } reason)
        {
            waiting = waiting.Where(w => w.Reason == reason);
        }

        if (IsFirstAttempt is { } isFirst)
        {
            waiting = isFirst ? waiting.Where(w => w.Attempt == 1) : waiting.Where(w => w.Attempt > 1);
        }

        if (DueFrom is { } from)
        {
            waiting = waiting.Where(w => w.DueAt >= from);
        }

        if (DueTo is { } to)
        {
            waiting = waiting.Where(w => w.DueAt < to);
        }

        if (IsOnTheRoad is { } isOnTheRoad)
        {
            waiting = isOnTheRoad ? waiting.OnTheRoad(db) : waiting.NotOnTheRoad(db);
        }

        if (IsUnreadable is { } isUnreadable)
        {
            waiting = isUnreadable ? waiting.Where(w => w.UnreadableReason != null) : waiting.Where(w => w.UnreadableReason == null);
        }

        return waiting;
    }
}
