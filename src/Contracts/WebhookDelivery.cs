using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gateway.Contracts;

/// <summary>
/// Asks the worker to deliver one webhook to a merchant. Publish it, or send it to the queue <c>webhooks</c>.
/// Publishing the same <see cref="DeliveryId"/> for the same merchant twice delivers once; with another event or payload the second is
/// refused.
/// </summary>
public sealed record DeliverWebhook
{
    /// <summary>
    /// Identifies the delivery: the merchant sees it as <c>webhook-id</c>, the same on every attempt. Default: a new UUID v7. Of JSON
    /// without one the worker makes it out of the AMQP message_id, the timestamp and the text.
    /// </summary>
    [JsonPropertyName("delivery_id")]
    [JsonConverter(typeof(NewIdIfNull))]
    public Guid DeliveryId { get; init; } = SortableId.Next();

    /// <summary>
    /// The merchant's id as text; a UUID in any form is the same id. Text that is no known merchant is recorded and skipped, not an error.
    /// </summary>
    [JsonPropertyName("merchant_id")]
    public required string MerchantId { get; init => field = MerchantIdOf(value); }

    /// <summary>What happened, such as <c>payment.completed</c>; the webhook's <c>type</c>.</summary>
    [JsonPropertyName("event")]
    public required string Event { get; init; }

    /// <summary>The webhook's <c>data</c>: any JSON object. Its bytes are sent as they came, numbers included.</summary>
    [JsonPropertyName("payload")]
    [JsonConverter(typeof(RawJsonConverter))]
    public required JsonElement Payload { get; init; }

    /// <summary>Attempts already made, 0 or more. Publishers leave it at 0; the worker counts it up on every retry.</summary>
    [JsonPropertyName("attempt")]
    [JsonConverter(typeof(ZeroIfNull))]
    public int Attempt { get; init; }

    /// <summary>
    /// When it happened, the webhook's <c>timestamp</c>, by which a merchant orders events: set it. Default: the time of publishing, the
    /// same in every attempt.
    /// </summary>
    [JsonPropertyName("occurred_at")]
    public DateTimeOffset? OccurredAt { get; init; }

    /// <summary>
    /// A merchant's id in its one spelling: a UUID in any form that .NET reads becomes 32 digits in lower case with hyphens, so that two
    /// spellings are never two merchants. Other text stays as it is.
    /// </summary>
    [return: NotNullIfNotNull(nameof(text))]
    public static string? MerchantIdOf(string? text) => Guid.TryParse(text, out var id) ? id.ToString() : text;
}

/// <summary>An attempt to deliver a webhook failed. Published only where the worker has <c>WEBHOOK_ATTEMPT_EVENTS=true</c>.</summary>
public sealed record WebhookAttemptFailed
{
    /// <summary>The delivery's id.</summary>
    [JsonPropertyName("delivery_id")]
    public required Guid DeliveryId { get; init; }

    /// <summary>The message as it was attempted: its <see cref="DeliverWebhook.Attempt"/> counts the attempts before this one.</summary>
    [JsonPropertyName("delivery")]
    public required DeliverWebhook Delivery { get; init; }

    /// <summary>The number of the attempt that failed, from 1.</summary>
    [JsonPropertyName("attempt")]
    public required int Attempt { get; init; }

    /// <summary>Why, as one word of a fixed list, such as <c>status</c>, <c>timeout</c> or <c>connect</c>.</summary>
    [JsonPropertyName("reason")]
    public required string Reason { get; init; }

    /// <summary>The HTTP status that the merchant answered; null when there was no answer.</summary>
    [JsonPropertyName("status_code")]
    public int? StatusCode { get; init; }

    /// <summary>How long the merchant asked to wait (its <c>Retry-After</c>), in seconds; null when it did not ask.</summary>
    [JsonPropertyName("retry_after_seconds")]
    public int? RetryAfterSeconds { get; init; }

    /// <summary>True when no retry can help: the merchant answered 410 Gone.</summary>
    [JsonPropertyName("is_final")]
    public bool IsFinal { get; init; }

    /// <summary>When the attempt ended.</summary>
    [JsonPropertyName("failed_at")]
    public required DateTimeOffset FailedAt { get; init; }
}

/// <summary>A webhook was delivered after at least one failed attempt.</summary>
public sealed record WebhookRecovered
{
    /// <summary>The delivery's id.</summary>
    [JsonPropertyName("delivery_id")]
    public required Guid DeliveryId { get; init; }

    /// <summary>The merchant's id as text.</summary>
    [JsonPropertyName("merchant_id")]
    public required string MerchantId { get; init; }

    /// <summary>The webhook's type.</summary>
    [JsonPropertyName("event")]
    public required string Event { get; init; }

    /// <summary>The number of the attempt that succeeded, from 2.</summary>
    [JsonPropertyName("attempt")]
    public required int Attempt { get; init; }

    /// <summary>When the merchant accepted it.</summary>
    [JsonPropertyName("delivered_at")]
    public required DateTimeOffset DeliveredAt { get; init; }
}

/// <summary>Every attempt to deliver a webhook failed; it is a dead letter.</summary>
public sealed record WebhookExhausted
{
    /// <summary>The delivery's id.</summary>
    [JsonPropertyName("delivery_id")]
    public required Guid DeliveryId { get; init; }

    /// <summary>The merchant's id as text.</summary>
    [JsonPropertyName("merchant_id")]
    public required string MerchantId { get; init; }

    /// <summary>The webhook's type.</summary>
    [JsonPropertyName("event")]
    public required string Event { get; init; }

    /// <summary>How many attempts were made, from 1.</summary>
    [JsonPropertyName("attempts")]
    public required int Attempts { get; init; }

    /// <summary>Why the last attempt failed, as in <see cref="WebhookAttemptFailed.Reason"/>.</summary>
    [JsonPropertyName("reason")]
    public required string Reason { get; init; }

    /// <summary>The HTTP status of the last attempt; null when there was no answer.</summary>
    [JsonPropertyName("status_code")]
    public int? StatusCode { get; init; }

    /// <summary>When the last attempt ended.</summary>
    [JsonPropertyName("exhausted_at")]
    public required DateTimeOffset ExhaustedAt { get; init; }
}

/// <summary>A merchant's endpoint gets no more webhooks until it is enabled again.</summary>
public sealed record WebhookEndpointDisabled
{
    /// <summary>The merchant's id as text.</summary>
    [JsonPropertyName("merchant_id")]
    public required string MerchantId { get; init; }

    /// <summary>Why, as one word of a fixed list, such as <c>gone</c>.</summary>
    [JsonPropertyName("reason")]
    public required string Reason { get; init; }

    /// <summary>Since when it is disabled.</summary>
    [JsonPropertyName("disabled_at")]
    public required DateTimeOffset DisabledAt { get; init; }
}

/// <summary>Attempts of one commit that failed, or that succeeded after others had failed. The worker's saga remembers them.</summary>
public sealed record WebhookAttemptsRecorded
{
    /// <summary>The attempts, in the order in which they were recorded.</summary>
    [JsonPropertyName("attempts")]
    public required IReadOnlyList<WebhookAttemptRecorded> Attempts { get; init; }
}

/// <summary>An attempt that is in the job log.</summary>
public sealed record WebhookAttemptRecorded
{
    /// <summary>The delivery's id.</summary>
    [JsonPropertyName("delivery_id")]
    public required Guid DeliveryId { get; init; }

    /// <summary>The merchant's id as text.</summary>
    [JsonPropertyName("merchant_id")]
    public required string MerchantId { get; init; }

    /// <summary>The webhook's type.</summary>
    [JsonPropertyName("event")]
    public required string Event { get; init; }

    /// <summary>How often the delivery had been sent again from its first attempt, from 0.</summary>
    [JsonPropertyName("round")]
    public short Round { get; init; }

    /// <summary>The number of the attempt, from 1.</summary>
    [JsonPropertyName("attempt")]
    public required int Attempt { get; init; }

    /// <summary>Why it failed, as in <see cref="WebhookAttemptFailed.Reason"/>; null when it succeeded.</summary>
    [JsonPropertyName("reason")]
    public string? Reason { get; init; }

    /// <summary>The HTTP status that the merchant answered; null when there was no answer.</summary>
    [JsonPropertyName("status_code")]
    public int? StatusCode { get; init; }

    /// <summary>When the attempt ended.</summary>
    [JsonPropertyName("ended_at")]
    public required DateTimeOffset EndedAt { get; init; }

    /// <summary>When the next attempt is due; null when none follows.</summary>
    [JsonPropertyName("next_attempt_at")]
    public DateTimeOffset? NextAttemptAt { get; init; }
}
