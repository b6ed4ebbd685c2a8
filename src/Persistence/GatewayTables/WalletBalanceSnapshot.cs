using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Gateway.Persistence.GatewayTables;

/// <summary>What a hot wallet held at one moment. The worker inserts these and never changes one.</summary>
public sealed class WalletBalanceSnapshot
{
    /// <summary>Identifies the row.</summary>
    public Guid Id { get; init; } = Guid.CreateVersion7();

    /// <summary><c>solana</c>, <c>bsc</c> or <c>ethereum</c>.</summary>
    public required string Chain { get; init; }

    /// <summary><c>mainnet</c>, <c>testnet</c> or <c>devnet</c>.</summary>
    public required string Network { get; init; }

    /// <summary>The wallet's address on that chain.</summary>
    public required string WalletAddress { get; init; }

    /// <summary>Units of <see cref="NativeCurrency"/>; 18 decimals are stored.</summary>
    public required decimal NativeBalance { get; init; }

    /// <summary>Such as <c>SOL</c> or <c>BNB</c>.</summary>
    public required string NativeCurrency { get; init; }

    /// <summary>USDT; 18 decimals are stored.</summary>
    public required decimal UsdtBalance { get; init; }

    /// <summary>USDC; 18 decimals are stored.</summary>
    public required decimal UsdcBalance { get; init; }

    /// <summary>The mint or contract of USDT.</summary>
    public string? UsdtMint { get; init; }

    /// <summary>The mint or contract of USDC.</summary>
    public string? UsdcMint { get; init; }

    /// <summary>USD.</summary>
    public required decimal TotalUsdValue { get; init; }

    /// <summary>USD; the lower end of the range.</summary>
    public decimal MinThresholdUsd { get; init; } = 1_000;

    /// <summary>USD; the upper end of the range, above the lower.</summary>
    public decimal MaxThresholdUsd { get; init; } = 10_000;

    /// <summary>Whether the total is below the range.</summary>
    public bool IsBelowMinThreshold { get; init; }

    /// <summary>Whether the total is above the range.</summary>
    public bool IsAboveMaxThreshold { get; init; }

    /// <summary>Whether this snapshot raised an alert.</summary>
    public bool AlertSent { get; init; }

    /// <summary>UTC; when the alert was sent.</summary>
    public DateTime? AlertSentAt { get; init; }

    /// <summary>A JSON object of what else is known of the reading.</summary>
    public string? Metadata { get; init; } = "{}";

    /// <summary>UTC; when the balances were read.</summary>
    public required DateTime SnapshotAt { get; init; }

    /// <summary>UTC; when the row was created.</summary>
    public required DateTime CreatedAt { get; init; }
}

internal sealed class WalletBalanceSnapshotConfiguration : IEntityTypeConfiguration<WalletBalanceSnapshot>
{
    // With 18 decimals a decimal holds no more digits.
    private const decimal TooMany = 10_000_000_000m;
    private static readonly DateTime TooLate = new(9999, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    public void Configure(EntityTypeBuilder<WalletBalanceSnapshot> builder)
    {
        builder.ToTable("wallet_balance_snapshots", table => table.ExcludeFromMigrations());
        builder.HasKey(s => s.Id);
        // What cannot be read is not there: NaN is more than any number, a time may be infinite.
        builder.HasQueryFilter(s => s.NativeBalance < TooMany && s.UsdtBalance < TooMany && s.UsdcBalance < TooMany
            && s.TotalUsdValue < TooMany && s.SnapshotAt >= DateTime.UnixEpoch && s.SnapshotAt < TooLate);
        // The last one of a wallet is looked up every few seconds.
        builder.HasIndex(s => new { s.Chain, s.Network, s.WalletAddress, s.SnapshotAt });

        builder.Property(s => s.Id).ValueGeneratedNever();
        builder.Property(s => s.Chain).HasMaxLength(20);
        builder.Property(s => s.Network).HasMaxLength(20);
        builder.Property(s => s.WalletAddress).HasMaxLength(255);
        builder.Property(s => s.NativeBalance).HasPrecision(36, 18).HasDefaultValue(0m).ValueGeneratedNever();
        builder.Property(s => s.NativeCurrency).HasMaxLength(10);
        builder.Property(s => s.UsdtBalance).HasPrecision(36, 18).HasDefaultValue(0m).ValueGeneratedNever();
        builder.Property(s => s.UsdcBalance).HasPrecision(36, 18).HasDefaultValue(0m).ValueGeneratedNever();
        builder.Property(s => s.UsdtMint).HasMaxLength(255);
        builder.Property(s => s.UsdcMint).HasMaxLength(255);
        builder.Property(s => s.TotalUsdValue).HasPrecision(36, 18).HasDefaultValue(0m).ValueGeneratedNever();
        builder.Property(s => s.MinThresholdUsd).HasPrecision(36, 18).HasDefaultValue(1_000m).ValueGeneratedNever();
        builder.Property(s => s.MaxThresholdUsd).HasPrecision(36, 18).HasDefaultValue(10_000m).ValueGeneratedNever();
        builder.Property(s => s.IsBelowMinThreshold).HasDefaultValue(false).ValueGeneratedNever();
        builder.Property(s => s.IsAboveMaxThreshold).HasDefaultValue(false).ValueGeneratedNever();
        builder.Property(s => s.AlertSent).HasDefaultValue(false).ValueGeneratedNever();
        builder.Property(s => s.Metadata).HasColumnType("jsonb").HasDefaultValue("{}").ValueGeneratedNever();
    }
}
