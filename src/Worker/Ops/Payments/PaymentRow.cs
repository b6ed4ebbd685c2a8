namespace Gateway.Worker.Ops.Payments;

/// <summary>A payment as the gateway's table has it. Where <c>expires_at</c> is null it can be looked up all the same.</summary>
internal sealed record PaymentRow
{
    public required Guid Id { get; init; }

    public required Guid MerchantId { get; init; }

    public required string PaymentReference { get; init; }

    public string? OrderId { get; init; }

    public required string Status { get; init; }

    public required decimal AmountVnd { get; init; }

    public required decimal AmountCrypto { get; init; }

    public required string Currency { get; init; }

    public required string Chain { get; init; }

    public string? TxHash { get; init; }

    public decimal? FeeVnd { get; init; }

    public string? FailureReason { get; init; }

    public required DateTime CreatedAt { get; init; }

    public DateTime? ExpiresAt { get; init; }

    public DateTime? PaidAt { get; init; }

    public DateTime? ConfirmedAt { get; init; }
}
