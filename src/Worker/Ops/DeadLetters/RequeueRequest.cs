namespace Gateway.Worker.Ops.DeadLetters;

/// <summary>The body of <c>POST /api/dead-letters/requeue</c>.</summary>
/// <param name="Queue">The queue.</param>
/// <param name="MerchantId">Only this merchant's.</param>
/// <param name="Event">Only of this event.</param>
/// <param name="Reason">Only for this reason.</param>
/// <param name="Limit">The most letters, from 1 to 1,000, which is the default.</param>
public sealed record RequeueRequest(string? Queue, string? MerchantId, string? Event, string? Reason, int? Limit);
