using System.Text.Json.Serialization;
using Gateway.Contracts;
using Gateway.Persistence.DeadLetters;
using Gateway.Worker.Bus;
using Gateway.Worker.Ops.Bulk;

namespace Gateway.Worker.Ops.DeadLetters;

/// <summary>
/// A body that chooses the dead letters to put back or to drop. A field that it does not know is refused: a filter that is misspelt would
/// be no filter, and would drop all letters.
/// </summary>
/// <param name="Queue">The queue.</param>
/// <param name="MerchantId">The merchant.</param>
/// <param name="Event">The event.</param>
/// <param name="Reason">The reason, as the list shows it.</param>
/// <param name="From">They died then or later.</param>
/// <param name="To">They died before.</param>
/// <param name="RatePerSecond">How many a second, from 1 to 1,000; default: as many as the servers take.</param>
/// <param name="All">True where there is no filter and every letter is meant.</param>
/// <param name="DryRun">Count them and do nothing.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record DeadLettersRequest(
    string? Queue,
    string? MerchantId,
    string? Event,
    string? Reason,
    DateTimeOffset? From,
    DateTimeOffset? To,
    int? RatePerSecond,
    bool All,
    bool DryRun)
{
    /// <summary>Which letters it means.</summary>
    public Result<DeadLetterFilter> ToFilter(GatewayQueues queues)
    {
        if (Refusal.UnknownQueue(queues, Queue) is { } unknown)
        {
            return unknown;
        }

        if (BulkOrders.ComplaintOf(RatePerSecond) is { } complaint)
        {
            return Refusal.Invalid("Not a valid rate", complaint);
        }

        var filter = new DeadLetterFilter
        {
            Queue = Queue,
            MerchantId = DeliverWebhook.MerchantIdOf(MerchantId),
            Event = Event,
            Reason = Reason,
            From = From?.UtcDateTime,
            To = To?.UtcDateTime,
        };
        return filter == new DeadLetterFilter() && !All
            ? Refusal.NotAFilter(
                "There is no filter. Give queue, merchant_id, event, reason, from or to, or \"all\": true for every dead letter.")
            : filter;
    }
}
