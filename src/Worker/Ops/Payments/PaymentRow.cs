namespace Gateway.Worker.Ops.Payments;

/// <summary>A payment as the gateway's table has it, without what is null there or cannot be read.</summary>
internal sealed record PaymentRow
{
    public required Guid Id { get; init; }

    public required Guid MerchantId { get; init; }

    public required string PaymentReference { get; init; }

    public string? OrderId { get; init; }

    public required string Status { get; init; }

    public decimal? AmountVnd { get; init; }

    public decimal? AmountCrypto { get; init; }

    public required string Currency { get; init; }

    public required string Chain { get; init; }

    public string? TxHash { get; init; }

    public decimal? FeeVnd { get; init; }

    public string? FailureReason { get; init; }

    public DateTime? CreatedAt { get; init; }

    public DateTime? ExpiresAt { get; init; }

    public DateTime? PaidAt { get; init; }

    public DateTime? ConfirmedAt { get; init; }

    /// <summary>The columns that cannot be read, with a space between two.</summary>
    public required string Unreadable { get; init; }
}
