using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Gateway.Persistence.Wallets;

/// <summary>
/// What is remembered of a hot wallet between two checks: how far its chain had come, and what services and operators were told of it.
/// </summary>
public sealed class WalletState
{
    /// <summary>The chain.</summary>
    public required string Chain { get; init; }

    /// <summary>The chain's network.</summary>
    public required string Network { get; init; }

    /// <summary>The wallet.</summary>
    public required string WalletAddress { get; init; }

    /// <summary>The slot or block of the last reading: an older one is not believed. Null before the first.</summary>
    public long? Height { get; set; }

    /// <summary>The range of which services were told.</summary>
    public BalanceRange PublishedRange { get; set; }

    /// <summary>UTC; when services were told.</summary>
    public DateTime? PublishedAt { get; set; }

    /// <summary>The range of which operators were mailed.</summary>
    public BalanceRange MailedRange { get; set; }

    /// <summary>UTC; when the mail was sent.</summary>
    public DateTime? MailedAt { get; set; }

    /// <summary>Tokens that fell to exactly zero and of which operators are still to be mailed, such as <c>USDT</c>; else null.</summary>
    public string? Emptied { get; set; }

    /// <summary>UTC; when a token fell to exactly zero, the last time.</summary>
    public DateTime? EmptiedAt { get; set; }

    /// <summary>USDT in frozen token accounts.</summary>
    public decimal FrozenUsdt { get; set; }

    /// <summary>USDC in frozen token accounts.</summary>
    public decimal FrozenUsdc { get; set; }

    /// <summary>UTC; since when there is something frozen; else null.</summary>
    public DateTime? FrozenSince { get; set; }

    /// <summary>UTC; when operators were mailed of it; null before.</summary>
    public DateTime? FrozenMailedAt { get; set; }
}

internal sealed class WalletStateConfiguration : IEntityTypeConfiguration<WalletState>
{
    public void Configure(EntityTypeBuilder<WalletState> builder)
    {
        builder.ToTable("wallet_states");
        builder.HasKey(w => new { w.Chain, w.Network, w.WalletAddress });
        builder.Property(w => w.Chain).HasMaxLength(20);
        builder.Property(w => w.Network).HasMaxLength(20);
        builder.Property(w => w.WalletAddress).HasMaxLength(255);
        builder.Property(w => w.PublishedRange).HasConversion<string>().HasMaxLength(10);
        builder.Property(w => w.MailedRange).HasConversion<string>().HasMaxLength(10);
        builder.Property(w => w.Emptied).HasMaxLength(20);
        builder.Property(w => w.FrozenUsdt).HasPrecision(36, 18);
        builder.Property(w => w.FrozenUsdc).HasPrecision(36, 18);
    }
}
