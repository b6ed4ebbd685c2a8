using Gateway.Worker.Bus;
using MassTransit;

namespace Gateway.Worker.Webhooks.Saga;

/// <summary>A delivery that did not succeed at once: what was tried, and what comes next.</summary>
public sealed class WebhookDelivery : SagaStateMachineInstance, ISagaVersion
{
    /// <summary>The saga's id: <see cref="IdOf"/>.</summary>
    public Guid CorrelationId { get; set; }

    /// <summary>The delivery's id.</summary>
    public Guid DeliveryId { get; set; }

    /// <summary>Counts the saves.</summary>
    public int Version { get; set; }

    /// <summary>The state's name.</summary>
    public string CurrentState { get; set; } = "";

    /// <summary>The merchant's id as text.</summary>
    public string MerchantId { get; set; } = "";

    /// <summary>The webhook's type.</summary>
    public string Event { get; set; } = "";

    /// <summary>How often the delivery was sent again from its first attempt.</summary>
    public short Round { get; set; }

    /// <summary>The attempts of this round, by their number.</summary>
    public List<RememberedAttempt> Attempts { get; set; } = [];

    /// <summary>When the next attempt is due, UTC; null when none is.</summary>
    public DateTime? NextAttemptAt { get; set; }

    /// <summary>When the delivery was accepted or given up, UTC; null while it waits.</summary>
    public DateTime? EndedAt { get; set; }

    /// <summary>The id of the saga of one merchant's delivery.</summary>
    public static Guid IdOf(Guid deliveryId, string merchantId) => NamedUuid.From($"webhook {deliveryId} {merchantId}");
}
