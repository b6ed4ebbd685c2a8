using Gateway.Contracts;
using Gateway.Persistence.DeadLetters;
using Gateway.Persistence.JobLog;
using Gateway.Worker.Bus;

namespace Gateway.Worker.Ops.DeadLetters;

/// <summary>A question for a page of dead letters.</summary>
/// <param name="Filter">Which letters.</param>
/// <param name="IsNewestFirst">Whether those that died last come first.</param>
/// <param name="After">Where the page starts; null for the first.</param>
/// <param name="Count">The most letters of the page.</param>
public sealed record DeadLetterQuery(DeadLetterFilter Filter, bool IsNewestFirst, JobCursor? After, int Count)
{
    private const int DefaultCount = 50;
    private const int MostLetters = 500;

    /// <summary>Reads a question from text, as the parameters of an address are; null is what is not asked for.</summary>
    public static Result<DeadLetterQuery> Read(
        GatewayQueues queues,
        string? queue,
        string? merchantId,
        string? @event,
        string? reason,
        string? from,
        string? to,
        string? state,
        string? order,
        string? cursor,
        string? limit)
    {
        var text = new FilterText();
        var period = text.Period(from, to);
        var filter = new DeadLetterFilter
        {
            Queue = queue,
            MerchantId = DeliverWebhook.MerchantIdOf(merchantId),
            Event = @event,
            Reason = reason,
            From = period.From,
            To = period.To,
        };
        var isNewestFirst = text.Word("order", order, ("oldest", false), ("newest", true)) ?? false;
        filter = filter with { State = text.Name<DeadLetterState>("state", state) ?? DeadLetterState.Dead };
        var query = new DeadLetterQuery(
            filter, isNewestFirst, text.Cursor<JobCursor>(cursor), text.Limit(limit, DefaultCount, MostLetters));
        return text.Complaint is { } complaint ? Refusal.NotAFilter(complaint)
            : Refusal.UnknownQueue(queues, queue) is { } unknown ? unknown
            : query;
    }
}
