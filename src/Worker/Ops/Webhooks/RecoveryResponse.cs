namespace Gateway.Worker.Ops.Webhooks;

/// <summary>A recovery as the API shows it.</summary>
public sealed record RecoveryResponse
{
    /// <summary>Its id.</summary>
    public required Guid RecoveryId { get; init; }

    /// <summary>running, stopped or done.</summary>
    public required string State { get; init; }

    /// <summary>The merchant.</summary>
    public required string MerchantId { get; init; }

    /// <summary>The event; null for every one.</summary>
    public string? Event { get; init; }

    /// <summary>The window's beginning, UTC.</summary>
    public required DateTime From { get; init; }

    /// <summary>The window's end, UTC.</summary>
    public required DateTime To { get; init; }

    /// <summary>How many there were when it began.</summary>
    public required int Total { get; init; }

    /// <summary>How many were sent.</summary>
    public required int Done { get; init; }

    /// <summary>How many are sent a second.</summary>
    public required int RatePerSecond { get; init; }

    /// <summary>Who asked for it.</summary>
    public required string CreatedBy { get; init; }

    /// <summary>When, UTC.</summary>
    public required DateTime CreatedAt { get; init; }

    /// <summary>When something was sent last, UTC.</summary>
    public required DateTime UpdatedAt { get; init; }

    /// <summary>What it waits for while it is running and cannot send: RabbitMQ in alarm.</summary>
    public string? WaitsFor { get; init; }

    /// <summary>Shows a recovery.</summary>
    public static RecoveryResponse Of(RecoveryOrder order) => new()
    {
        RecoveryId = order.Recovery.RecoveryId,
        State = order.Recovery.State.ToString().ToLowerInvariant(),
        MerchantId = order.Recovery.MerchantId,
        Event = order.Recovery.Event,
        From = order.Recovery.From,
        To = order.Recovery.To,
        Total = order.Recovery.Total,
        Done = order.Recovery.Sent,
        RatePerSecond = order.Recovery.RatePerSecond,
        CreatedBy = order.Recovery.CreatedBy,
        CreatedAt = order.Recovery.CreatedAt,
        UpdatedAt = order.Recovery.UpdatedAt,
        WaitsFor = order.WaitsFor,
    };
}
