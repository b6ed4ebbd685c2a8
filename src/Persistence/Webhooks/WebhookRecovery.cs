using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Gateway.Persistence.Webhooks;

/// <summary>
/// The order to send a merchant's failed or skipped webhooks of a time window again. Any worker carries it on from
/// <see cref="PositionAt"/>, also after a crash.
/// </summary>
public sealed class WebhookRecovery
{
    /// <summary>A UUID v7.</summary>
    public required Guid RecoveryId { get; init; }

    /// <summary>The merchant's id as text, at most 255 characters.</summary>
    public required string MerchantId { get; init; }

    /// <summary>Only this event, at most 255 characters; null for every one.</summary>
    public string? Event { get; init; }

    /// <summary>UTC; the last run of a webhook started then or later.</summary>
    public required DateTime From { get; init; }

    /// <summary>UTC; the last run of a webhook started before.</summary>
    public required DateTime To { get; init; }

    /// <summary>Whether those are sent that failed for the last time.</summary>
    public required bool IncludesDead { get; init; }

    /// <summary>Whether those are sent that were skipped.</summary>
    public required bool IncludesSkipped { get; init; }

    /// <summary>How many are sent a second, from 1.</summary>
    public required int RatePerSecond { get; init; }

    /// <summary>Where it stands.</summary>
    public RecoveryState State { get; set; }

    /// <summary>How many there were when it began.</summary>
    public required int Total { get; init; }

    /// <summary>How many were sent.</summary>
    public int Sent { get; set; }

    /// <summary>UTC; the last run of the webhook that was sent last.</summary>
    public DateTime? PositionAt { get; set; }

    /// <summary>The same run's id.</summary>
    public Guid? PositionRunId { get; set; }

    /// <summary>The name of the operator's key, at most 64 characters.</summary>
    public required string CreatedBy { get; init; }

    /// <summary>UTC.</summary>
    public required DateTime CreatedAt { get; init; }

    /// <summary>UTC; when something was sent last, or when it ended.</summary>
    public required DateTime UpdatedAt { get; set; }

    /// <summary>UTC; until then it belongs to the worker that is at it.</summary>
    public DateTime? LeasedUntil { get; set; }

    /// <summary>That worker.</summary>
    public Guid? LeasedBy { get; set; }
}

internal sealed class RecoveryConfiguration : IEntityTypeConfiguration<WebhookRecovery>
{
    public void Configure(EntityTypeBuilder<WebhookRecovery> builder)
    {
        builder.ToTable("webhook_recoveries");
        builder.HasKey(r => r.RecoveryId);
        builder.Property(r => r.RecoveryId).ValueGeneratedNever();
        builder.Property(r => r.MerchantId).HasMaxLength(255);
        builder.Property(r => r.Event).HasMaxLength(255);
        builder.Property(r => r.CreatedBy).HasMaxLength(64);
    }
}
