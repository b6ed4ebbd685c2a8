using System.Globalization;

namespace Gateway.Worker.Bus;

/// <summary>The queues, by the names that producers and operators know.</summary>
public static class QueueNames
{
    /// <summary>First attempts of webhooks.</summary>
    public const string Webhooks = "webhooks";

    /// <summary>Later attempts of webhooks.</summary>
    public const string WebhooksRetry = "webhooks_retry";

    /// <summary>Failed and recovered attempts on their way to the saga that remembers them.</summary>
    public const string WebhookAttempts = "webhook_attempts";

    /// <summary>Disabled endpoints of which the operators are to be told by mail.</summary>
    public const string EndpointMails = "webhook_endpoint_mails";

    /// <summary>Over how many queues one can be spread. A larger number in a name is somebody else's.</summary>
    public const int MostPartitions = 32;

    /// <summary>The name of the queue to which an address leads, such as <c>rabbitmq://host/vhost/webhooks</c>.</summary>
    public static string From(Uri address)
    {
        var name = Path.GetFileName(address.AbsolutePath);
        return NumberOf(name) == 1 ? WithoutPartition(name) : name;
    }

    /// <summary>The name of the queue to which the partition belongs to whose queue an address leads.</summary>
    public static string JobQueueOf(Uri address) => WithoutPartition(Path.GetFileName(address.AbsolutePath));

    /// <summary>The queue of a partition, such as <c>webhooks.2</c>. The first is the queue that there is without partitions.</summary>
    /// <param name="queue">The queue that is spread.</param>
    /// <param name="number">Which partition, from 1.</param>
    public static string PartitionOf(string queue, int number) => number == 1 ? queue : NumberedName(queue, number);

    /// <summary>
    /// The exchange of a partition, to which nothing is published. The library binds each queue that it consumes to an exchange, and the
    /// one that is called as the queue leads to all partitions.
    /// </summary>
    /// <param name="queue">The queue that is spread.</param>
    /// <param name="number">Which partition, from 1.</param>
    public static string PartitionExchangeOf(string queue, int number) => NumberedName(queue, number);

    /// <summary>The queue that is spread over the partition with this name; any other name as it is.</summary>
    public static string WithoutPartition(string name) => NumberOf(name) is null ? name : name[..name.LastIndexOf('.')];

    /// <summary>Which partition of its queue has this name; null for a queue's own name.</summary>
    public static int? NumberOf(string name)
    {
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 && dot + 1 < name.Length && name[dot + 1] is >= '1' and <= '9'
            && int.TryParse(name.AsSpan(dot + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number <= MostPartitions
                ? number
                : null;
    }

    /// <summary>Where messages of a queue go that no consumer of it takes, until they are taken in as dead letters.</summary>
    public static string SkippedOf(string queue) => queue + "_skipped";

    /// <summary>Where messages of a queue go that failed, until they are taken in as dead letters.</summary>
    public static string ErrorsOf(string queue) => queue + "_error";

    /// <summary>Whether a queue is one of those two.</summary>
    public static bool IsForLetters(string queue) =>
        queue.EndsWith("_error", StringComparison.Ordinal) || queue.EndsWith("_skipped", StringComparison.Ordinal);

    private static string NumberedName(string queue, int number) => string.Create(CultureInfo.InvariantCulture, $"{queue}.{number}");
}
