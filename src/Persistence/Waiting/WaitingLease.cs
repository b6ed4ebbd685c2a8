using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Gateway.Persistence.Waiting;

/// <summary>
/// A <see cref="WaitingWebhook"/> that is on the road: its message was sent, or is about to be. A table of its own, whose narrow rows come
/// and go with every release while the wide ones stay as they are.
/// </summary>
public sealed class WaitingLease
{
    /// <summary>
    /// When the lease of what could not be sent has run out: so long ago that it is told from one that ran out on the road, whose message
    /// may lie in a queue that is paused.
    /// </summary>
    public static readonly DateTime NotSent = DateTime.UnixEpoch;

    /// <summary>The delivery.</summary>
    public required Guid DeliveryId { get; init; }

    /// <summary>The merchant.</summary>
    public required Guid MerchantId { get; init; }

    /// <summary>The release by which it was sent; its message carries it, so that only that message ends the lease.</summary>
    public required Guid ReleaseId { get; set; }

    /// <summary>UTC; who has not come back by then is taken for lost, and is sent again.</summary>
    public required DateTime LeasedUntil { get; set; }

    /// <summary>How often it was sent for this attempt, from 1.</summary>
    public required short Releases { get; set; }
}

internal sealed class WaitingLeaseConfiguration : IEntityTypeConfiguration<WaitingLease>
{
    public void Configure(EntityTypeBuilder<WaitingLease> builder)
    {
        builder.ToTable("waiting_leases");
        // The merchant first: a release counts how many of his are on the road.
        builder.HasKey(l => new { l.MerchantId, l.DeliveryId });
        builder.Property(l => l.DeliveryId).ValueGeneratedNever();
    }
}
