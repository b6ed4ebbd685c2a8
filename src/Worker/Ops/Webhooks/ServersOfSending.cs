using Gateway.Worker.Servers;
using MassTransit;

namespace Gateway.Worker.Ops.Webhooks;

/// <summary>The servers without which nothing is sent again, Redis and RabbitMQ, and how long somebody who asks waits for them.</summary>
internal static class ServersOfSending
{
    // MassTransit waits for a broker that is away as long as it may; an operator does not.
    public static readonly TimeSpan LongestSend = TimeSpan.FromSeconds(10);

    /// <summary>Whether one of them did not answer.</summary>
    /// <param name="exception">How sending ended.</param>
    /// <param name="limit">What ends after <see cref="LongestSend"/>.</param>
    public static bool AreAway(Exception exception, CancellationToken limit) =>
        exception is MassTransitException
        || RedisFailure.IsCauseOf(exception)
        || (exception is OperationCanceledException && limit.IsCancellationRequested);
}
