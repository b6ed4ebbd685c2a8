using Gateway.Persistence.Waiting;

namespace Gateway.Worker.Ops.Waiting;

/// <summary>A question for a page of what waits.</summary>
/// <param name="Filter">Which webhooks.</param>
/// <param name="After">Where the page starts; null for the first.</param>
/// <param name="Count">The most webhooks of the page.</param>
public sealed record WaitingQuery(WaitingFilter Filter, WaitingCursor? After, int Count)
{
    private const int DefaultCount = 50;
    private const int MostWebhooks = 500;

    /// <summary>Reads a question from text, as the parameters of an address are; null is what is not asked for.</summary>
    public static Result<WaitingQuery> Read(
        string? merchantId,
        string? @event,
        string? reason,
        string? attempt,
        string? from,
        string? to,
        string? onTheRoad,
        string? unreadable,
        string? cursor,
        string? limit)
    {
        var text = new FilterText();
        var period = text.Period(from, to);
        var filter = new WaitingFilter
        {
            MerchantId = text.Uuid("merchant_id", merchantId),
            Event = @event,
            Reason = ReasonOf(text, reason),
            IsFirstAttempt = text.Word("attempt", attempt, ("first", true), ("retry", false)),
            DueFrom = period.From,
            DueTo = period.To,
            IsOnTheRoad = text.Flag("on_the_road", onTheRoad),
            IsUnreadable = text.Flag("unreadable", unreadable),
        };
        var query = new WaitingQuery(filter, text.Cursor<WaitingCursor>(cursor), text.Limit(limit, DefaultCount, MostWebhooks));
        return text.Complaint is { } complaint ? Refusal.NotAFilter(complaint) : query;
    }

    internal static WaitReason? ReasonOf(FilterText text, string? reason) =>
        text.Word("reason", reason, [.. Enum.GetValues<WaitReason>().Select(known => (known.Word(), known))]);
}
