using System.Text.Json.Serialization;

namespace Gateway.Contracts;

/// <summary>Asks the worker to expire the payments whose time has passed.</summary>
public sealed record ExpirePayments
{
    /// <summary>The tick that this run stands for.</summary>
    [JsonPropertyName("run_at")]
    public required DateTimeOffset RunAt { get; init; }
}

/// <summary>A payment expired without being paid.</summary>
public sealed record PaymentExpired
{
    /// <summary>The payment's id.</summary>
    [JsonPropertyName("payment_id")]
    public required Guid PaymentId { get; init; }

    /// <summary>The merchant's id as text.</summary>
    [JsonPropertyName("merchant_id")]
    public required string MerchantId { get; init; }

    /// <summary>When the payment expired.</summary>
    [JsonPropertyName("expired_at")]
    public required DateTimeOffset ExpiredAt { get; init; }
}
