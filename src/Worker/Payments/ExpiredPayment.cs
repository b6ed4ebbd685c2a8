using System.Text.Json.Serialization;

namespace Gateway.Worker.Payments;

/// <summary>
/// A payment that has just expired. As JSON it is what the merchant is told, the <c>data</c> of <c>payment.expired</c>: amounts are text,
/// so that no reader rounds them, times are UTC.
/// </summary>
internal sealed record ExpiredPayment
{
    [JsonPropertyName("payment_id")]
    public required Guid PaymentId { get; init; }

    [JsonIgnore]
    public Guid MerchantId { get; init; }

    [JsonPropertyName("payment_reference")]
    public required string PaymentReference { get; init; }

    [JsonPropertyName("order_id")]
    public string? OrderId { get; init; }

    [JsonPropertyName("status")]
    public required string Status { get; init; }

    [JsonPropertyName("amount_vnd")]
    [JsonNumberHandling(JsonNumberHandling.WriteAsString)]
    public required decimal AmountVnd { get; init; }

    [JsonPropertyName("amount_crypto")]
    [JsonNumberHandling(JsonNumberHandling.WriteAsString)]
    public required decimal AmountCrypto { get; init; }

    [JsonPropertyName("currency")]
    public required string Currency { get; init; }

    [JsonPropertyName("chain")]
    public required string Chain { get; init; }

    [JsonPropertyName("created_at")]
    public required DateTime CreatedAt { get; init; }

    [JsonPropertyName("expires_at")]
    public required DateTime ExpiresAt { get; init; }

    [JsonPropertyName("expired_at")]
    public required DateTime ExpiredAt { get; init; }

    /// <summary>The columns hold UTC and do not say so.</summary>
    public ExpiredPayment InUtc() => this with
    {
        CreatedAt = DateTime.SpecifyKind(CreatedAt, DateTimeKind.Utc),
        ExpiresAt = DateTime.SpecifyKind(ExpiresAt, DateTimeKind.Utc),
        ExpiredAt = DateTime.SpecifyKind(ExpiredAt, DateTimeKind.Utc),
    };
}
