using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Gateway.Persistence.Operations;

/// <summary>A queue that an operator has paused, for all workers; there is no row for one that is consumed.</summary>
public sealed class QueuePause
{
    /// <summary>The queue's name, at most 64 characters.</summary>
    public required string Queue { get; init; }

    /// <summary>UTC; since when it is paused.</summary>
    public required DateTime PausedAt { get; init; }

    /// <summary>The name of the operator's key, at most 64 characters.</summary>
    public required string PausedBy { get; init; }
}

internal sealed class QueuePauseConfiguration : IEntityTypeConfiguration<QueuePause>
{
    public void Configure(EntityTypeBuilder<QueuePause> builder)
    {
        builder.ToTable("queue_pauses");
        builder.HasKey(q => q.Queue);
        builder.Property(q => q.Queue).HasMaxLength(64);
        builder.Property(q => q.PausedBy).HasMaxLength(64);
    }
}
