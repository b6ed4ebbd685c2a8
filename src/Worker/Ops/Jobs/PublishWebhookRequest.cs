using System.Text.Json;

namespace Gateway.Worker.Ops.Jobs;

/// <summary>The body of <c>POST /api/jobs/webhooks</c>.</summary>
/// <param name="DeliveryId">Leave it out for a new one; the same id twice delivers once.</param>
/// <param name="MerchantId">The merchant.</param>
/// <param name="Event">The webhook's type, such as <c>payment.completed</c>.</param>
/// <param name="Payload">The webhook's data, a JSON object.</param>
/// <param name="OccurredAt">When it happened; default: now.</param>
public sealed record PublishWebhookRequest(
    Guid? DeliveryId, string? MerchantId, string? Event, JsonElement Payload, DateTimeOffset? OccurredAt);
