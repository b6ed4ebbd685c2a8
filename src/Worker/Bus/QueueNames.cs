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

    /// <summary>The name of the queue to which an address leads, such as <c>rabbitmq://host/vhost/webhooks</c>.</summary>
    public static string From(Uri address) => Path.GetFileName(address.AbsolutePath);

    /// <summary>Where messages of a queue go that no consumer of it takes, until they are taken in as dead letters.</summary>
    public static string SkippedOf(string queue) => queue + "_skipped";

    /// <summary>Where messages of a queue go that failed, until they are taken in as dead letters.</summary>
    public static string ErrorsOf(string queue) => queue + "_error";

    /// <summary>Whether a queue is one of those two.</summary>
    public static bool IsForLetters(string queue) =>
        queue.EndsWith("_error", StringComparison.Ordinal) || queue.EndsWith("_skipped", StringComparison.Ordinal);
}
