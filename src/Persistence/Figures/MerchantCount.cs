using Gateway.Persistence.JobLog;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Gateway.Persistence.Figures;

/// <summary>
/// The attempts of one merchant's webhooks of one event in an hour: a row of <c>merchant_counts</c>. Gathered in memory and added every few
/// seconds, so what a worker had not added when it crashed is missing.
/// </summary>
public sealed class MerchantCount : AttemptCount
{
    /// <summary>The event of those that are counted together, because there were too many to count each.</summary>
    public const string OtherEvents = "*";

    /// <summary>UTC; the hour.</summary>
    public required DateTime StartsAt { get; init; }

    /// <summary>The merchant's id as text, at most 255 characters.</summary>
    public required string MerchantId { get; init; }

    /// <summary>The event, at most 255 characters.</summary>
    public required string Event { get; init; }
}

internal sealed class MerchantCountConfiguration : IEntityTypeConfiguration<MerchantCount>
{
    public void Configure(EntityTypeBuilder<MerchantCount> builder)
    {
        builder.ToTable("merchant_counts");
        builder.HasKey(c => new { c.StartsAt, c.MerchantId, c.Event, c.Outcome });

        // A merchant's figures of three months.
        builder.HasIndex(c => new { c.MerchantId, c.StartsAt });

        // The figures of all merchants. By the key alone PostgreSQL does not see that rows lie in the order of time, and reads all.
        builder.HasIndex(c => c.StartsAt);
        builder.Property(c => c.StartsAt).HasColumnOrder(0);
        builder.Property(c => c.Attempts).HasColumnOrder(1);
        builder.Property(c => c.Retries).HasColumnOrder(2);
        builder.Property(c => c.Outcome).HasColumnOrder(3);
        builder.Property(c => c.MerchantId).HasColumnOrder(4).HasMaxLength(JobRun.NameLength);
        builder.Property(c => c.Event).HasColumnOrder(5).HasMaxLength(JobRun.NameLength);
        builder.Property(c => c.Durations).HasColumnOrder(6);
    }
}
