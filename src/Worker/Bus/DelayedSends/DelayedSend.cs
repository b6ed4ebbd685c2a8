namespace Gateway.Worker.Bus.DelayedSends;

/// <summary>
/// Stands for the delay exchange in MassTransit's publish topology; no message of this type exists. What is sent through its publish
/// endpoint, of whatever type, finds the exchange and the delay queues declared: MassTransit does that once for each channel,
/// so also after every reconnect, and again when a message came back because its delay queue was gone.
/// </summary>
public sealed class DelayedSend
{
    /// <summary>The exchange to which a message that must wait is sent, with its delay queue as routing key.</summary>
    public const string Exchange = "gateway.delay";

    private DelayedSend()
    {
    }
}
