using Gateway.Worker.Bus;

namespace Gateway.Worker.Webhooks.Attempts;

/// <summary>A delivery can never succeed as it was published; its message goes to the error queue with this text.</summary>
public sealed class RejectedDeliveryException(string reason, string message) : Exception(message), ITellsReason
{
    /// <summary>The word for it in the job log.</summary>
    public string Reason { get; } = reason;

    /// <summary>The delivery, which got its id here when its message has none; null when the id itself is wrong.</summary>
    public Guid? JobId { get; init; }
}
