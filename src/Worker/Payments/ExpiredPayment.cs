using System.Globalization;
using System.Text.Json.Serialization;
using Gateway.Persistence;

namespace Gateway.Worker.Payments;

/// <summary>What a merchant is told of a payment that expired: the <c>data</c> of <c>payment.expired</c>. Amounts are text, so that no reader rounds them.</summary>
internal sealed class ExpiredPayment(Payment payment, DateTime expiredAt)
{
    [JsonPropertyName("payment_id")]
    public Guid PaymentId => payment.Id;

    [JsonPropertyName("payment_reference")]
    public string PaymentReference => payment.PaymentReference;

    [JsonPropertyName("order_id")]
    public string? OrderId => payment.OrderId;

    [JsonPropertyName("status")]
    public string Status => payment.Status;

    [JsonPropertyName("amount_vnd")]
    public string AmountVnd => payment.AmountVnd.ToString("0.00", CultureInfo.InvariantCulture);

    [JsonPropertyName("amount_crypto")]
    public string AmountCrypto => payment.AmountCrypto.ToString("0.00000000", CultureInfo.InvariantCulture);

    [JsonPropertyName("currency")]
    public string Currency => payment.Currency;

    [JsonPropertyName("chain")]
    public string Chain => payment.Chain;

    [JsonPropertyName("created_at")]
    public DateTime CreatedAt => payment.CreatedAt;

    [JsonPropertyName("expires_at")]
    public DateTime ExpiresAt => payment.ExpiresAt;

    [JsonPropertyName("expired_at")]
    public DateTime ExpiredAt => expiredAt;
}
