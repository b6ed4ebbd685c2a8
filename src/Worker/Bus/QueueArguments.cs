using System.Globalization;
using Gateway.Worker.Bus.DelayedSends;
using Gateway.Worker.Bus.Topology;
using RabbitMQ.Client;

namespace Gateway.Worker.Bus;

/// <summary>
/// The arguments with which the worker declares its durable queues, so that neither the broker's version nor a virtual host's default
/// decides what they are. The broker refuses a queue that exists with others.
/// </summary>
public static class QueueArguments
{
    /// <summary>The argument that names a queue's type.</summary>
    public const string Type = Headers.XQueueType;

    /// <summary>The argument that says how often a message may return to a quorum queue.</summary>
    public const string DeliveryLimit = "x-delivery-limit";

    /// <summary>
    /// How often a message may return to a work queue. Each pause, each stop and each lost channel is a return of what was in hand, and the
    /// end of a process over a message that it cannot survive is one too. RabbitMQ 4 would drop it after 20.
    /// </summary>
    public const int MostReturns = 1_000;

    /// <summary>
    /// Never reached. RabbitMQ 4 takes -1 for no limit, and 3.10 for less than no return at all; what means the same to both stays the same
    /// when one becomes the other.
    /// </summary>
    public const int AnyNumberOfReturns = 1_000_000_000;

    private const string Classic = "classic";
    private const string Quorum = "quorum";

    /// <summary>The arguments of a queue that the worker consumes: one for work, or one for errors or for what was skipped.</summary>
    /// <param name="type">Its type.</param>
    /// <param name="queue">Its name.</param>
    public static IReadOnlyDictionary<string, object> Of(QueueType type, string queue)
    {
        var arguments = ByType(type, queue);
        if (type == QueueType.Quorum && QueueNames.NumberOf(queue) > 1)
        {
            // At the node that leads the fewest: the worker that declares all of them is connected to one. No such argument for classic
            // queues is known to both 3.10 and 4.3.
            arguments["x-queue-leader-locator"] = "balanced";
        }

        return arguments;
    }

    /// <summary>The arguments of a queue in which messages wait.</summary>
    public static IReadOnlyDictionary<string, object> OfDelay(DelayStep step) => LeadingTo(step.Destination);

    /// <summary>A value as operators write it.</summary>
    internal static string TextOf(object value) => Convert.ToString(value, CultureInfo.InvariantCulture)!;

    private static Dictionary<string, object> ByType(QueueType type, string queue)
    {
        if (type == QueueType.Classic)
        {
            return new Dictionary<string, object> { [Type] = Classic };
        }

        // What nobody could finish is a dead letter, and not gone. Dead letters themselves stay, whoever looks at them.
        return QueueNames.IsForLetters(queue)
            ? new Dictionary<string, object> { [Type] = Quorum, [DeliveryLimit] = AnyNumberOfReturns }
            : new Dictionary<string, object>(LeadingTo(QueueNames.ErrorsOf(QueueNames.WithoutPartition(queue))))
            {
                [DeliveryLimit] = MostReturns,
            };
    }

    // Of RabbitMQ's queues only quorum queues confirm that a message they give up has arrived at its destination before they forget it.
    // That requires publishes to be refused, and not old messages to be dropped, should the queue ever have a length limit.
    private static Dictionary<string, object> LeadingTo(string queue) => new()
    {
        [Type] = Quorum,
        ["x-dead-letter-strategy"] = "at-least-once",
        [Headers.XOverflow] = "reject-publish",
        [Headers.XDeadLetterExchange] = "",
        [Headers.XDeadLetterRoutingKey] = queue,
    };
}
