using System.Text.Json.Serialization;

namespace Gateway.Worker.Ops.Webhooks;

/// <summary>The body of <c>POST /api/webhooks/recover/lost</c>.</summary>
/// <param name="Before">Only webhooks that were published, or sent out of the waiting room, before: when RabbitMQ lost its
/// messages.</param>
/// <param name="MerchantId">Only this merchant's.</param>
/// <param name="Cursor">Where to go on: <c>cursor</c> of the answer before.</param>
/// <param name="Limit">The most webhooks, from 1 to 1,000, which is the default.</param>
/// <param name="DryRun">True only counts, and counts all.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record RecoverLostRequest(DateTimeOffset? Before, string? MerchantId, string? Cursor, int? Limit, bool DryRun);
