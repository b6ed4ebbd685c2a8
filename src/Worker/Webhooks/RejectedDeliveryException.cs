using Gateway.Worker.Bus;

namespace Gateway.Worker.Webhooks;

/// <summary>A delivery can never succeed as it was published; its message goes to the error queue with this text.</summary>
public sealed class RejectedDeliveryException(string reason, string message) : Exception(message), ITellsReason
{
    /// <summary>The word for it in the job log.</summary>
    public string Reason { get; } = reason;
}
