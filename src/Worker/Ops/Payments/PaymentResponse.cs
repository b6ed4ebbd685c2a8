using System.Text.Json.Serialization;
using Gateway.Worker.Ops.Jobs;
using Gateway.Worker.Settlement;

namespace Gateway.Worker.Ops.Payments;

/// <summary>A payment as the API shows it, with what its merchant was told of it.</summary>
public sealed record PaymentResponse
{
    /// <summary>Its id.</summary>
    public required Guid PaymentId { get; init; }

    /// <summary>The merchant who is paid.</summary>
    public required Guid MerchantId { get; init; }

    /// <summary>What the customer puts into the transfer.</summary>
    public required string PaymentReference { get; init; }

    /// <summary>The merchant's own reference.</summary>
    public string? OrderId { get; init; }

    /// <summary>Such as <c>pending</c> or <c>completed</c>.</summary>
    public required string Status { get; init; }

    /// <summary>VND; null where it cannot be read.</summary>
    [JsonConverter(typeof(AmountAsText))]
    public required decimal? AmountVnd { get; init; }

    /// <summary>Units of <see cref="Currency"/>; null where they cannot be read.</summary>
    [JsonConverter(typeof(AmountAsText))]
    public required decimal? AmountCrypto { get; init; }

    /// <summary><c>USDT</c> or <c>USDC</c>.</summary>
    public required string Currency { get; init; }

    /// <summary>Such as <c>solana</c>.</summary>
    public required string Chain { get; init; }

    /// <summary>The transaction on the chain.</summary>
    public string? TxHash { get; init; }

    /// <summary>VND; null where the gateway has not said.</summary>
    [JsonConverter(typeof(AmountAsText))]
    public decimal? FeeVnd { get; init; }

    /// <summary>Why the payment failed.</summary>
    public string? FailureReason { get; init; }

    /// <summary>UTC; when the payment was created. Null where that cannot be read.</summary>
    public required DateTime? CreatedAt { get; init; }

    /// <summary>UTC; later than this it expires unless it is paid. Null where the gateway's table has no time.</summary>
    public DateTime? ExpiresAt { get; init; }

    /// <summary>UTC; when the transfer was seen.</summary>
    public DateTime? PaidAt { get; init; }

    /// <summary>UTC; when it was final.</summary>
    public DateTime? ConfirmedAt { get; init; }

    /// <summary>
    /// The columns whose values cannot be read, and are shown as null: a number that is <c>NaN</c>, infinite or too large, a time that is
    /// infinite, before 1970 or after 9999.
    /// </summary>
    public required IReadOnlyList<string> Unreadable { get; init; }

    /// <summary>The webhooks about it with their attempts, the first one first; of more than 100 the newest.</summary>
    public required IReadOnlyList<JobResponse> Webhooks { get; init; }

    /// <summary>Whether there are older webhooks: <c>GET /api/jobs?reference=</c> has them all.</summary>
    public required bool HasOlderWebhooks { get; init; }

    internal static PaymentResponse From(PaymentRow row, IReadOnlyList<JobResponse> webhooks, bool hasOlderWebhooks) => new()
    {
        PaymentId = row.Id,
        MerchantId = row.MerchantId,
        PaymentReference = row.PaymentReference,
        OrderId = row.OrderId,
        Status = row.Status,
        AmountVnd = row.AmountVnd,
        AmountCrypto = row.AmountCrypto,
        Currency = row.Currency,
        Chain = row.Chain,
        TxHash = row.TxHash,
        FeeVnd = row.FeeVnd,
        FailureReason = row.FailureReason,
        CreatedAt = InUtc(row.CreatedAt),
        ExpiresAt = InUtc(row.ExpiresAt),
        PaidAt = InUtc(row.PaidAt),
        ConfirmedAt = InUtc(row.ConfirmedAt),
        Unreadable = row.Unreadable.Split(' ', StringSplitOptions.RemoveEmptyEntries),
        Webhooks = webhooks,
        HasOlderWebhooks = hasOlderWebhooks,
    };

    // The columns hold UTC and do not say so.
    private static DateTime? InUtc(DateTime? time) => time is { } known ? DateTime.SpecifyKind(known, DateTimeKind.Utc) : null;
}
