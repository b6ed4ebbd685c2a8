using Gateway.Persistence.Conversion;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Gateway.Persistence.GatewayTables;

/// <summary>A payout to a merchant's bank account. The gateway owns the row; the worker only reads it.</summary>
public sealed class Payout
{
    /// <summary>The payout's id.</summary>
    public required Guid Id { get; init; }

    /// <summary>The merchant who is paid out.</summary>
    public required Guid MerchantId { get; init; }

    /// <summary>VND, 2 decimals.</summary>
    public required decimal AmountVnd { get; init; }

    /// <summary>VND, 2 decimals.</summary>
    public required decimal FeeVnd { get; init; }

    /// <summary>VND: the amount without the fee, which the database checks.</summary>
    public required decimal NetAmountVnd { get; init; }

    /// <summary>Personal data: never logged.</summary>
    public required string BankAccountName { get; init; }

    /// <summary>Personal data: never logged.</summary>
    public required string BankAccountNumber { get; init; }

    /// <summary>Personal data: never logged.</summary>
    public required string BankName { get; init; }

    /// <summary>One of <see cref="PayoutStatus"/>.</summary>
    public string Status { get; set; } = PayoutStatus.Requested;

    /// <summary>The user who asked for it.</summary>
    public required Guid RequestedBy { get; init; }

    /// <summary>UTC; when an operator agreed.</summary>
    public DateTime? ApprovedAt { get; set; }

    /// <summary>UTC; when the bank had it.</summary>
    public DateTime? ProcessedAt { get; set; }

    /// <summary>UTC; when it was completed.</summary>
    public DateTime? CompletionDate { get; set; }

    /// <summary>Why the payout failed.</summary>
    public string? FailureReason { get; set; }

    /// <summary>What an operator wrote.</summary>
    public string? Notes { get; set; }

    /// <summary>How often it was tried again.</summary>
    public int? RetryCount { get; set; } = 0;

    /// <summary>JSON that the gateway keeps.</summary>
    public string? Metadata { get; set; }

    /// <summary>UTC; when the row was created.</summary>
    public required DateTime CreatedAt { get; init; }

    /// <summary>UTC; when the row was changed last.</summary>
    public required DateTime UpdatedAt { get; set; }

    /// <summary>UTC; such a row is not seen by the worker.</summary>
    public DateTime? DeletedAt { get; set; }
}

internal sealed class PayoutConfiguration : IEntityTypeConfiguration<Payout>
{
    public void Configure(EntityTypeBuilder<Payout> builder)
    {
        builder.ToTable("payouts", table => table.ExcludeFromMigrations());
        builder.HasKey(p => p.Id);
        builder.HasQueryFilter(p => p.DeletedAt == null);
        builder.HasOne<Merchant>().WithMany().HasForeignKey(p => p.MerchantId).OnDelete(DeleteBehavior.NoAction);

        builder.Property(p => p.Id).ValueGeneratedNever();
        builder.Property(p => p.AmountVnd).HasPrecision(20, 2);
        builder.Property(p => p.FeeVnd).HasPrecision(20, 2);
        builder.Property(p => p.NetAmountVnd).HasPrecision(20, 2);
        builder.Property(p => p.BankAccountName).HasMaxLength(255);
        builder.Property(p => p.BankAccountNumber).HasMaxLength(50);
        builder.Property(p => p.BankName).HasMaxLength(100);
        builder.Property(p => p.Status).HasMaxLength(20).HasDefaultValue(PayoutStatus.Requested).ValueGeneratedNever();
        builder.Property(p => p.ApprovedAt).IsUtcWithoutTimeZone();
        builder.Property(p => p.ProcessedAt).IsUtcWithoutTimeZone();
        builder.Property(p => p.CompletionDate).IsUtcWithoutTimeZone();
        builder.Property(p => p.RetryCount).HasDefaultValue(0).ValueGeneratedNever();
        builder.Property(p => p.Metadata).HasColumnType("jsonb");
        builder.Property(p => p.CreatedAt).IsUtcWithoutTimeZone();
        builder.Property(p => p.UpdatedAt).IsUtcWithoutTimeZone();
        builder.Property(p => p.DeletedAt).IsUtcWithoutTimeZone();
    }
}
