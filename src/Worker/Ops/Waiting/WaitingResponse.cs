using Gateway.Persistence.Waiting;
using Gateway.Worker.Bus;

namespace Gateway.Worker.Ops.Waiting;

/// <summary>A webhook that waits, as the API shows it.</summary>
public sealed record WaitingResponse
{
    /// <summary>The delivery.</summary>
    public required Guid DeliveryId { get; init; }

    /// <summary>The merchant.</summary>
    public required Guid MerchantId { get; init; }

    /// <summary>The event.</summary>
    public required string Event { get; init; }

    /// <summary>The number of the next attempt, from 1.</summary>
    public required int Attempt { get; init; }

    /// <summary>The queue to which it goes.</summary>
    public required string Queue { get; init; }

    /// <summary>Why the webhook waits.</summary>
    public required string Reason { get; init; }

    /// <summary>When the next attempt is due, UTC.</summary>
    public required DateTime DueAt { get; init; }

    /// <summary>Since when it waits for this attempt, UTC.</summary>
    public required DateTime WaitsSince { get; init; }

    /// <summary>When it was first put into a queue, UTC.</summary>
    public required DateTime EnqueuedAt { get; init; }

    /// <summary>Whether its message was sent and has not been dealt with.</summary>
    public required bool OnTheRoad { get; init; }

    /// <summary>When a message that is on the road is taken for lost, UTC.</summary>
    public DateTime? LostAt { get; init; }

    /// <summary>Why this version of the worker cannot read it.</summary>
    public string? UnreadableReason { get; init; }

    /// <summary>Shows an entry.</summary>
    public static WaitingResponse From(WaitingEntry entry) => new()
    {
        DeliveryId = entry.DeliveryId,
        MerchantId = entry.MerchantId,
        Event = entry.Event,
        Attempt = entry.Attempt,
        Queue = entry.Attempt == 1 ? QueueNames.Webhooks : QueueNames.WebhooksRetry,
        Reason = entry.Reason.Word(),
        DueAt = entry.DueAt,
        WaitsSince = entry.WaitsSince,
        EnqueuedAt = entry.EnqueuedAt,
        OnTheRoad = entry.LeasedUntil is not null,
        LostAt = entry.LeasedUntil == WaitingLease.NotSent ? null : entry.LeasedUntil,
        UnreadableReason = entry.UnreadableReason,
    };
}
