using Gateway.Persistence.Conversion;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Gateway.Persistence.GatewayTables;

/// <summary>A payment. The gateway owns the row; the worker writes nothing but the status of one that expired.</summary>
public sealed class Payment
{
    /// <summary>The payment's id.</summary>
    public required Guid Id { get; init; }

    /// <summary>The merchant who is paid.</summary>
    public required Guid MerchantId { get; init; }

    /// <summary>VND, above zero, 2 decimals.</summary>
    public required decimal AmountVnd { get; init; }

    /// <summary>Units of <see cref="Currency"/>, above zero, 8 decimals.</summary>
    public required decimal AmountCrypto { get; init; }

    /// <summary><c>USDT</c> or <c>USDC</c>.</summary>
    public required string Currency { get; init; }

    /// <summary><c>solana</c>, <c>bsc</c>, <c>ethereum</c>; others may come.</summary>
    public required string Chain { get; init; }

    /// <summary>VND for one unit, 6 decimals.</summary>
    public required decimal ExchangeRate { get; init; }

    /// <summary>The merchant's own reference.</summary>
    public string? OrderId { get; init; }

    /// <summary>What is paid for.</summary>
    public string? Description { get; init; }

    /// <summary>Where the customer is sent afterwards.</summary>
    public string? CallbackUrl { get; init; }

    /// <summary>One of <see cref="PaymentStatus"/>. The worker turns created or pending into expired, nothing else.</summary>
    public string Status { get; set; } = PaymentStatus.Created;

    /// <summary>The transaction on the chain.</summary>
    public string? TxHash { get; set; }

    /// <summary>Blocks on top of it.</summary>
    public int? TxConfirmations { get; set; } = 0;

    /// <summary>Who paid.</summary>
    public string? FromAddress { get; set; }

    /// <summary>Unique; the customer puts it into the transfer.</summary>
    public required string PaymentReference { get; init; }

    /// <summary>The hot wallet that is paid to.</summary>
    public required string DestinationWallet { get; init; }

    /// <summary>UTC; later than this an unpaid payment expires.</summary>
    public required DateTime ExpiresAt { get; init; }

    /// <summary>UTC; when the transfer was seen.</summary>
    public DateTime? PaidAt { get; set; }

    /// <summary>UTC; when it was final.</summary>
    public DateTime? ConfirmedAt { get; set; }

    /// <summary>The fee as a share of 1, 4 decimals.</summary>
    public decimal FeePercentage { get; init; } = 0.0100m;

    /// <summary>VND. Null on a completed payment means amount × percentage, rounded half to even to 2 places.</summary>
    public decimal? FeeVnd { get; set; }

    /// <summary>VND: the amount without the fee.</summary>
    public decimal? NetAmountVnd { get; set; }

    /// <summary>Why the payment failed.</summary>
    public string? FailureReason { get; set; }

    /// <summary>JSON that the gateway keeps.</summary>
    public string? Metadata { get; set; }

    /// <summary>UTC; when the row was created.</summary>
    public required DateTime CreatedAt { get; init; }

    /// <summary>UTC; when the row was changed last.</summary>
    public required DateTime UpdatedAt { get; set; }

    /// <summary>UTC; such a row is not seen by the worker.</summary>
    public DateTime? DeletedAt { get; set; }
}

internal sealed class PaymentConfiguration : IEntityTypeConfiguration<Payment>
{
    public void Configure(EntityTypeBuilder<Payment> builder)
    {
        builder.ToTable("payments", table => table.ExcludeFromMigrations());
        builder.HasKey(p => p.Id);
        builder.HasQueryFilter(p => p.DeletedAt == null);
        builder.HasOne<Merchant>().WithMany().HasForeignKey(p => p.MerchantId).OnDelete(DeleteBehavior.NoAction);

        builder.Property(p => p.Id).ValueGeneratedNever();
        builder.Property(p => p.AmountVnd).HasPrecision(20, 2);
        builder.Property(p => p.AmountCrypto).HasPrecision(20, 8);
        builder.Property(p => p.Currency).HasMaxLength(10);
        builder.Property(p => p.Chain).HasMaxLength(20);
        builder.Property(p => p.ExchangeRate).HasPrecision(20, 6);
        builder.Property(p => p.OrderId).HasMaxLength(255);
        builder.Property(p => p.Status).HasMaxLength(20).HasDefaultValue(PaymentStatus.Created).ValueGeneratedNever();
        builder.Property(p => p.TxHash).HasMaxLength(255);
        builder.Property(p => p.TxConfirmations).HasDefaultValue(0).ValueGeneratedNever();
        builder.Property(p => p.FromAddress).HasMaxLength(255);
        builder.Property(p => p.PaymentReference).HasMaxLength(100);
        builder.HasIndex(p => p.PaymentReference).IsUnique();
        builder.HasIndex(p => p.OrderId).HasFilter("order_id is not null");
        builder.HasIndex(p => p.TxHash).HasFilter("tx_hash is not null");
        builder.Property(p => p.DestinationWallet).HasMaxLength(255);
        builder.Property(p => p.ExpiresAt).IsUtcWithoutTimeZone();
        builder.HasIndex(p => p.ExpiresAt).HasFilter("status in ('created', 'pending')");
        builder.Property(p => p.PaidAt).IsUtcWithoutTimeZone();
        builder.Property(p => p.ConfirmedAt).IsUtcWithoutTimeZone();
        builder.Property(p => p.FeePercentage).HasPrecision(5, 4).HasDefaultValue(0.0100m).ValueGeneratedNever();
        builder.Property(p => p.FeeVnd).HasPrecision(20, 2);
        builder.Property(p => p.NetAmountVnd).HasPrecision(20, 2);
        builder.Property(p => p.Metadata).HasColumnType("jsonb");
        builder.Property(p => p.CreatedAt).IsUtcWithoutTimeZone();
        builder.Property(p => p.UpdatedAt).IsUtcWithoutTimeZone();
        builder.Property(p => p.DeletedAt).IsUtcWithoutTimeZone();
    }
}
