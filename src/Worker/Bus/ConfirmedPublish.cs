using Gateway.Worker.Bus.ClosedChannels;
using MassTransit;

namespace Gateway.Worker.Bus;

/// <summary>Publishes what must not go nowhere.</summary>
internal static class ConfirmedPublish
{
    // MassTransit waits for a broker that is away as long as it may; who publishes here tries again or tells somebody who waits.
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Publishes a message under an id. Returns when the broker has it in a queue; of one that was not confirmed within ten seconds nobody
    /// knows whether it has.
    /// </summary>
    /// <exception cref="MessageReturnedException">There is no queue for it, as before a worker has started for the first time.</exception>
    /// <exception cref="OperationCanceledException">It was not confirmed in time, or the wait was ended.</exception>
    public static async Task PublishConfirmedAsync(
        this IBus bus, object message, Guid messageId, TimeProvider time, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(Longest, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var pipe = Pipe.Execute<PublishContext>(publish => (publish.MessageId, publish.Mandatory) = (messageId, true));
        await bus.Publish(message, message.GetType(), pipe, either.Token).EndingWith(either.Token);
    }
}
