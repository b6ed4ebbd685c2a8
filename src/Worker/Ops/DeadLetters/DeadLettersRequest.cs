using Gateway.Persistence.DeadLetters;

namespace Gateway.Worker.Ops.DeadLetters;

/// <summary>Which letters a change is about; what is missing means any.</summary>
/// <param name="Queue">The queue.</param>
/// <param name="MerchantId">The merchant.</param>
/// <param name="Event">The event.</param>
/// <param name="Reason">The reason, as the list shows it.</param>
/// <param name="From">They died then or later.</param>
/// <param name="To">They died before.</param>
/// <param name="DryRun">Count them and do nothing.</param>
public sealed record DeadLettersRequest(
    string? Queue, string? MerchantId, string? Event, string? Reason, DateTimeOffset? From, DateTimeOffset? To, bool DryRun)
{
    /// <summary>Which letters it means.</summary>
    public Result<DeadLetterFilter> ToFilter() => DeadLetterQuery.UnknownQueue(Queue) is { } unknown
        ? unknown
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
