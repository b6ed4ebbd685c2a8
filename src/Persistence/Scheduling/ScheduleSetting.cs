using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Gateway.Persistence.Scheduling;

/// <summary>
/// What one worker is configured to do about one schedule: a row of <c>schedule_settings</c>, renewed while that worker is alive.
/// </summary>
public sealed class ScheduleSetting
{
    /// <summary>Such as <c>payment-expiry</c>, at most 64 characters.</summary>
    public required string Schedule { get; init; }

    /// <summary>The process: another one after each start.</summary>
    public required Guid WorkerId { get; init; }

    /// <summary>The machine's name, at most 255 characters.</summary>
    public required string Host { get; init; }

    /// <summary>The expression as its operator wrote it, at most 255 characters.</summary>
    public required string Cron { get; init; }

    /// <summary>The time zone in which it is read, at most 64 characters.</summary>
    public required string TimeZone { get; init; }

    /// <summary>Whether this worker wants it to tick.</summary>
    public required bool IsEnabled { get; init; }

    /// <summary>
    /// UTC, by the database's clock; when the first worker said the same. A worker that starts again with what it had is not newer for it.
    /// </summary>
    public required DateTime Since { get; init; }

    /// <summary>UTC, by the database's clock; the last sign of this worker.</summary>
    public required DateTime SeenAt { get; set; }
}

internal sealed class ScheduleSettingConfiguration : IEntityTypeConfiguration<ScheduleSetting>
{
    public void Configure(EntityTypeBuilder<ScheduleSetting> builder)
    {
        builder.ToTable("schedule_settings");
        builder.HasKey(s => new { s.Schedule, s.WorkerId });
        builder.Property(s => s.Schedule).HasMaxLength(64);
        builder.Property(s => s.Host).HasMaxLength(255);
        builder.Property(s => s.Cron).HasMaxLength(255);
        builder.Property(s => s.TimeZone).HasMaxLength(64);
    }
}
