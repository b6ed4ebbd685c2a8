using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Gateway.Persistence.Wallets;

/// <summary>
/// A hot wallet whose balance is unknown. The row goes when the wallet is read again, or, where operators were told that it cannot be read,
/// once they are told that it can.
/// </summary>
public sealed class UnreadableWallet
{
    /// <summary>The chain.</summary>
    public required string Chain { get; init; }

    /// <summary>The chain's network.</summary>
    public required string Network { get; init; }

    /// <summary>The wallet.</summary>
    public required string WalletAddress { get; init; }

    /// <summary>UTC; when it could not be read the first time.</summary>
    public required DateTime Since { get; set; }

    /// <summary>UTC; when operators were told the last time; null before.</summary>
    public DateTime? ToldAt { get; set; }

    /// <summary>UTC; when it was read again, while operators are still to be told so; null while it cannot be read.</summary>
    public DateTime? ReadableSince { get; set; }
}

internal sealed class UnreadableWalletConfiguration : IEntityTypeConfiguration<UnreadableWallet>
{
    public void Configure(EntityTypeBuilder<UnreadableWallet> builder)
    {
        builder.ToTable("unreadable_wallets");
        builder.HasKey(w => new { w.Chain, w.Network, w.WalletAddress });
        builder.Property(w => w.Chain).HasMaxLength(20);
        builder.Property(w => w.Network).HasMaxLength(20);
        builder.Property(w => w.WalletAddress).HasMaxLength(255);
    }
}
