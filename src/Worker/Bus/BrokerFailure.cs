using RabbitMQ.Client.Exceptions;

namespace Gateway.Worker.Bus;

/// <summary>Tells a broker that is away, or does not do now what was asked of it, from a fault of our own.</summary>
internal static class BrokerFailure
{
    /// <summary>
    /// Whether the broker caused it: the client's own errors, a time limit, a connection or channel that was closed meanwhile. A wait that
    /// was ended, an <see cref="OperationCanceledException"/>, is the broker's only where nobody else ended it, which the caller knows.
    /// </summary>
    public static bool IsCauseOf(Exception exception) =>
        exception is RabbitMQClientException or IOException or TimeoutException or ObjectDisposedException;
}
