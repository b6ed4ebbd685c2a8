using Gateway.Persistence.Webhooks;
using Gateway.Worker.Bus;

namespace Gateway.Worker.Ops.Webhooks;

/// <summary>A recovery as the API shows it.</summary>
public sealed record RecoveryAnswer
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
    internal static RecoveryAnswer Of(WebhookRecovery recovery, BrokerAlarms alarms) => new()
    {
        RecoveryId = recovery.RecoveryId,
        State = recovery.State.ToString().ToLowerInvariant(),
        MerchantId = recovery.MerchantId,
        Event = recovery.Event,
        From = recovery.From,
        To = recovery.To,
        Total = recovery.Total,
        Done = recovery.Sent,
        RatePerSecond = recovery.RatePerSecond,
        CreatedBy = recovery.CreatedBy,
        CreatedAt = recovery.CreatedAt,
        UpdatedAt = recovery.UpdatedAt,
        WaitsFor = recovery.State == RecoveryState.Running ? alarms.Reason : null,
    };
}
