using Gateway.Persistence.DeadLetters;
using Gateway.Worker.Bus;
using Gateway.Worker.Ops.Bulk;

namespace Gateway.Worker.Ops.DeadLetters;

/// <summary>A body that chooses the dead letters to put back or to drop; what is missing means any.</summary>
/// <param name="Queue">The queue.</param>
/// <param name="MerchantId">The merchant.</param>
/// <param name="Event">The event.</param>
/// <param name="Reason">The reason, as the list shows it.</param>
/// <param name="From">They died then or later.</param>
/// <param name="To">They died before.</param>
/// <param name="RatePerSecond">How many a second, from 1 to 1,000; default: as many as the servers take.</param>
/// <param name="DryRun">Count them and do nothing.</param>
public sealed record DeadLettersRequest(
    string? Queue,
    string? MerchantId,
    string? Event,
    string? Reason,
    DateTimeOffset? From,
    DateTimeOffset? To,
    int? RatePerSecond,
    bool DryRun)
{
    /// <summary>Which letters it means.</summary>
    public Result<DeadLetterFilter> ToFilter(GatewayQueues queues) => Refusal.UnknownQueue(queues, Queue) is { } unknown
        ? unknown
        : BulkOrders.ComplaintOf(RatePerSecond) is { } complaint ? Refusal.Invalid("Not a valid rate", complaint)
        : new DeadLetterFilter
        {
            Queue = Queue,
            MerchantId = MerchantId,
            Event = Event,
            Reason = Reason,
            From = From?.UtcDateTime,
            To = To?.UtcDateTime,
        };
}
