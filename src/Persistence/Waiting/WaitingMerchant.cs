using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Gateway.Persistence.Waiting;

/// <summary>
/// A merchant for whom webhooks wait: when to look for what is due, so that a release looks at no merchant that has nothing due, however
/// many wait. Looking too early costs a look and nothing else.
/// </summary>
public sealed class WaitingMerchant
{
    /// <summary>The merchant.</summary>
    public required Guid MerchantId { get; init; }

    /// <summary>UTC; nothing of it can be released before.</summary>
    public required DateTime NextAt { get; set; }

    /// <summary>The merchant's tier, from 0: of merchants that have something due a higher one goes first.</summary>
    public required short Rank { get; set; }
}

internal sealed class WaitingMerchantConfiguration : IEntityTypeConfiguration<WaitingMerchant>
{
    public void Configure(EntityTypeBuilder<WaitingMerchant> builder)
    {
        builder.ToTable("waiting_merchants");
        builder.HasKey(m => m.MerchantId);
        builder.HasIndex(m => m.NextAt);
        builder.Property(m => m.MerchantId).ValueGeneratedNever();
    }
}
