using Gateway.Contracts;
using MassTransit;

namespace Gateway.Worker.Webhooks.Saga;

/// <summary>A delivery that did not succeed at once: what was tried, and what comes next.</summary>
public sealed class WebhookDelivery : SagaStateMachineInstance, ISagaVersion
{
    /// <summary>The delivery's id.</summary>
    public Guid CorrelationId { get; set; }

    /// <summary>Counts the saves; the repository compares it.</summary>
    public int Version { get; set; }

    /// <summary>The state's name.</summary>
    public string CurrentState { get; set; } = "";

    /// <summary>The message as it is sent again: its attempt counter is up to date.</summary>
    public DeliverWebhook? Delivery { get; set; }

    /// <summary>The attempts that failed, oldest first.</summary>
    public List<FailedAttempt> Attempts { get; set; } = [];

    /// <summary>
    /// The message that told of the last recorded attempt. The same message coming again means that a crash may have kept its
    /// consequence from being sent; another message for the same attempt is a repetition without one.
    /// </summary>
    public Guid? RecordedBy { get; set; }

    /// <summary>When the next attempt is due, UTC; null when none is.</summary>
    public DateTime? NextAttemptAt { get; set; }

    /// <summary>When the delivery was accepted or given up, UTC.</summary>
    public DateTime? EndedAt { get; set; }

    /// <summary>The number of the last recorded attempt.</summary>
    public int AttemptsMade => Attempts is [.., var last] ? last.Attempt : 0;
}
