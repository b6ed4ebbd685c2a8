using Gateway.Persistence.Conversion;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Gateway.Persistence.GatewayTables;

/// <summary>A merchant. The gateway owns the row; the worker only reads it.</summary>
public sealed class Merchant
{
    /// <summary>The merchant's id; a message names it as text.</summary>
    public required Guid Id { get; init; }

    /// <summary>Unique.</summary>
    public required string Email { get; set; }

    /// <summary>The name of the business.</summary>
    public required string BusinessName { get; set; }

    /// <summary>The name of the person behind it.</summary>
    public required string OwnerFullName { get; set; }

    /// <summary><c>pending</c>, <c>approved</c>, <c>rejected</c> or <c>suspended</c>.</summary>
    public string KycStatus { get; set; } = "pending";

    /// <summary>One of <see cref="Persistence.GatewayTables.KycTier"/>.</summary>
    public string KycTier { get; set; } = Persistence.GatewayTables.KycTier.Tier1;

    /// <summary>Where webhooks go; null when the merchant wants none.</summary>
    public string? WebhookUrl { get; set; }

    /// <summary><c>whsec_</c> and base64, or any older plain text.</summary>
    public string? WebhookSecret { get; set; }

    /// <summary>The events that are wanted; null or empty means all.</summary>
    public string[]? WebhookEvents { get; set; }

    /// <summary>One of <see cref="MerchantStatus"/>.</summary>
    public string Status { get; set; } = MerchantStatus.Active;

    /// <summary>JSON that the gateway keeps.</summary>
    public string? Metadata { get; set; }

    /// <summary>UTC; when the row was created.</summary>
    public required DateTime CreatedAt { get; init; }

    /// <summary>UTC; the database's trigger keeps it.</summary>
    public required DateTime UpdatedAt { get; set; }

    /// <summary>UTC; such a row is not seen by the worker.</summary>
    public DateTime? DeletedAt { get; set; }
}

internal sealed class MerchantConfiguration : IEntityTypeConfiguration<Merchant>
{
    public void Configure(EntityTypeBuilder<Merchant> builder)
    {
        builder.ToTable("merchants", table => table.ExcludeFromMigrations());
        builder.HasKey(m => m.Id);
        builder.HasQueryFilter(m => m.DeletedAt == null);

        builder.Property(m => m.Id).ValueGeneratedNever();
        builder.Property(m => m.Email).HasMaxLength(255);
        builder.HasIndex(m => m.Email).IsUnique();
        builder.Property(m => m.BusinessName).HasMaxLength(255);
        builder.Property(m => m.OwnerFullName).HasMaxLength(255);
        builder.Property(m => m.KycStatus).HasMaxLength(20).HasDefaultValue("pending").ValueGeneratedNever();
        builder.Property(m => m.KycTier).HasMaxLength(10).HasDefaultValue(KycTier.Tier1).ValueGeneratedNever();
        builder.Property(m => m.WebhookSecret).HasMaxLength(255);
        builder.Property(m => m.Status).HasMaxLength(20).HasDefaultValue(MerchantStatus.Active).ValueGeneratedNever();
        builder.Property(m => m.Metadata).HasColumnType("jsonb");
        builder.Property(m => m.CreatedAt).IsUtcWithoutTimeZone();
        builder.Property(m => m.UpdatedAt).IsUtcWithoutTimeZone();
        builder.Property(m => m.DeletedAt).IsUtcWithoutTimeZone();
    }
}
