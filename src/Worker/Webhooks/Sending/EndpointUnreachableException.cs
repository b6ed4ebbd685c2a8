using Gateway.Worker.Webhooks.Attempts;

namespace Gateway.Worker.Webhooks.Sending;

/// <summary>No connection to an endpoint was made; the message says why in words that an operator and a merchant may read.</summary>
internal sealed class EndpointUnreachableException(AttemptOutcome outcome, string message, Exception? innerException = null)
    : IOException(message, innerException)
{
    /// <summary>Dns, AddressRefused or Connect.</summary>
    public AttemptOutcome Outcome { get; } = outcome;
}
