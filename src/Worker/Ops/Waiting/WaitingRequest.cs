using System.Text.Json.Serialization;

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
public sealed record WaitingRequest(string? DeliveryId, string? MerchantId, string? Event, string? Reason, bool All, bool DryRun);
