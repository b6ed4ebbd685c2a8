using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Gateway.Persistence.Operations;

/// <summary>A worker's sign of life: a row of <c>workers</c>, renewed every few seconds and removed when the worker stops.</summary>
public sealed class WorkerSign
{
    /// <summary>The process: another one after each start.</summary>
    public required Guid WorkerId { get; init; }

    /// <summary>The machine's name, at most 255 characters.</summary>
    public required string Host { get; init; }

    /// <summary>Its version, at most 255 characters; null in rows of earlier builds.</summary>
    public string? Version { get; init; }

    /// <summary>How many jobs it runs at once.</summary>
    public int? Slots { get; init; }

    /// <summary>How many it ran at its last sign.</summary>
    public int? InFlight { get; init; }

    /// <summary>UTC; when the worker started.</summary>
    public required DateTime StartedAt { get; init; }

    /// <summary>UTC; the last sign, by the database's clock.</summary>
    public required DateTime SeenAt { get; set; }
}

internal sealed class WorkerSignConfiguration : IEntityTypeConfiguration<WorkerSign>
{
    public void Configure(EntityTypeBuilder<WorkerSign> builder)
    {
        builder.ToTable("workers");
        builder.HasKey(w => w.WorkerId);
        builder.Property(w => w.WorkerId).ValueGeneratedNever();
        builder.Property(w => w.Host).HasMaxLength(255);
        builder.Property(w => w.Version).HasMaxLength(255);
    }
}
