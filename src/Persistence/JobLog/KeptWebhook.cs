using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Gateway.Persistence.JobLog;

/// <summary>
/// What a webhook said that was given up or skipped, so that it can be sent again. Written with its row in <c>job_runs</c>, once.
/// </summary>
public sealed class KeptWebhook
{
    /// <summary>The delivery.</summary>
    public required Guid DeliveryId { get; init; }

    /// <summary>The merchant's id as text, at most 255 characters.</summary>
    public required string MerchantId { get; init; }

    /// <summary>The event, at most 255 characters.</summary>
    public required string Event { get; init; }

    /// <summary>The payload's JSON as it was published.</summary>
    public required string Payload { get; init; }

    /// <summary>
    /// When it happened, as text (ISO 8601), so that a webhook that is sent again says the same to the last digit. Null only in rows of
    /// builds before this one.
    /// </summary>
    public string? OccurredAt { get; init; }

    /// <summary>UTC; when its row was recorded.</summary>
    public DateTime KeptAt { get; init; }

    /// <summary>The id alone: a payload must not get into a log.</summary>
    public override string ToString() => $"webhook {DeliveryId}";
}

internal sealed class KeptWebhookConfiguration : IEntityTypeConfiguration<KeptWebhook>
{
    public void Configure(EntityTypeBuilder<KeptWebhook> builder)
    {
        builder.ToTable("kept_webhooks");
        builder.HasKey(w => new { w.DeliveryId, w.MerchantId });
        builder.HasIndex(w => w.KeptAt);
        builder.Property(w => w.DeliveryId).ValueGeneratedNever();
        builder.Property(w => w.MerchantId).HasMaxLength(JobRun.NameLength);
        builder.Property(w => w.Event).HasMaxLength(JobRun.NameLength);
        builder.Property(w => w.OccurredAt).HasMaxLength(40);
    }
}
