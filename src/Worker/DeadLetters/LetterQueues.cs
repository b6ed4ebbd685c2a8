using Gateway.Worker.Bus;
using Gateway.Worker.Jobs;
using Gateway.Worker.Webhooks;

namespace Gateway.Worker.DeadLetters;

/// <summary>What is known of a letter by its queue.</summary>
internal static class LetterQueues
{
    private static readonly JobType[] Jobs = [JobType.PaymentExpiry, JobType.BalanceCheck, JobType.SettlementReport];

    /// <summary>The type of the queue's jobs; null for a queue whose messages are no jobs.</summary>
    public static string? JobTypeOf(string queue) => queue is QueueNames.Webhooks or QueueNames.WebhooksRetry
        ? DeliveryLog.JobType
        : Jobs.FirstOrDefault(type => type.Queue == queue)?.Name;

    /// <summary>Where a letter of the queue is put back: a webhook starts from its first attempt, so in the first queue.</summary>
    public static string DestinationOf(string queue) => queue == QueueNames.WebhooksRetry ? QueueNames.Webhooks : queue;
}
