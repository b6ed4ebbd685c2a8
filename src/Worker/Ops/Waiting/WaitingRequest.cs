using System.Text.Json.Serialization;
using Gateway.Persistence.Waiting;

namespace Gateway.Worker.Ops.Waiting;

/// <summary>
/// The body of <c>POST /api/waiting/release</c> and <c>/cancel</c>. A field that it does not know is refused: a filter that is misspelt
/// would be no filter.
/// </summary>
/// <param name="DeliveryId">Only this delivery.</param>
/// <param name="MerchantId">Only this merchant's.</param>
/// <param name="Event">Only of this event.</param>
/// <param name="Reason">Only what waits for this reason.</param>
/// <param name="All">True where there is no filter and all that waits is meant.</param>
/// <param name="DryRun">Only counts.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record WaitingRequest(string? DeliveryId, string? MerchantId, string? Event, string? Reason, bool All, bool DryRun)
{
    /// <summary>Which webhooks it means.</summary>
    public Result<WaitingFilter> ToFilter()
    {
        var text = new FilterText();
        var filter = new WaitingFilter
        {
            DeliveryId = text.Uuid("delivery_id", DeliveryId),
            MerchantId = text.Uuid("merchant_id", MerchantId),
            Event = Event,
            Reason = WaitingQuery.ReasonOf(text, Reason),
        };
        if (text.Complaint is { } complaint)
        {
            return Refusal.NotAFilter(complaint);
        }

        return filter == new WaitingFilter() && !All
            ? Refusal.NotAFilter(
                "There is no filter. Give delivery_id, merchant_id, event or reason, or \"all\": true for all that waits.")
            : filter;
    }
}
