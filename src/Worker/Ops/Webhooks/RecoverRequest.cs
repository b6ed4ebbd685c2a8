using System.Text.Json.Serialization;

namespace Gateway.Worker.Ops.Webhooks;

/// <summary>The body of <c>POST /api/webhooks/recover</c>.</summary>
/// <param name="MerchantId">The merchant.</param>
/// <param name="Event">Only this event.</param>
/// <param name="From">The last run of a webhook started then or later.</param>
/// <param name="To">The last run of a webhook started before; default: now.</param>
/// <param name="States"><c>dead</c>, <c>skipped</c> or both, which is the default.</param>
/// <param name="RatePerSecond">How many are sent a second, from 1 to 1,000; default: 50.</param>
/// <param name="DryRun">True only counts.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record RecoverRequest(
    string? MerchantId, string? Event, DateTimeOffset? From, DateTimeOffset? To, string[]? States, int? RatePerSecond, bool DryRun);
