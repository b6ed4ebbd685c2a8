using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Gateway.Persistence.Webhooks;

/// <summary>
/// The worker's own knowledge of a merchant's endpoint: whether it was disabled, and the old secret while one is replaced.
/// </summary>
public sealed class WebhookEndpoint
{
    /// <summary>The merchant. Not a foreign key: the worker's tables must not hold the gateway's rows.</summary>
    public required Guid MerchantId { get; init; }

    /// <summary>UTC; since when it is disabled.</summary>
    public DateTime? DisabledAt { get; set; }

    /// <summary>Why it is disabled, as one word such as <c>gone</c>.</summary>
    public string? DisabledReason { get; set; }

    /// <summary>The URL that was disabled. A merchant who changes the URL is enabled again.</summary>
    public string? DisabledUrl { get; set; }

    /// <summary>UTC; since when every attempt at <see cref="FailingUrl"/> has failed; null when the last one did not.</summary>
    public DateTime? FailingSince { get; set; }

    /// <summary>The URL that fails.</summary>
    public string? FailingUrl { get; set; }

    /// <summary>How many failures were counted since then: those that lie apart, so that the retries of one bad hour are few.</summary>
    public int FailedTimes { get; set; }

    /// <summary>UTC; the last one that was counted.</summary>
    public DateTime? LastFailedAt { get; set; }

    /// <summary>UTC; until then <see cref="HeldUrl"/> is left alone; null when it is not.</summary>
    public DateTime? HeldUntil { get; set; }

    /// <summary>UTC; since when it is left alone.</summary>
    public DateTime? HeldSince { get; set; }

    /// <summary>One of <see cref="Persistence.Webhooks.HoldReason"/>.</summary>
    public string? HoldReason { get; set; }

    /// <summary>The URL that is left alone.</summary>
    public string? HeldUrl { get; set; }

    /// <summary>How many probes have failed one after another.</summary>
    public int FailedProbes { get; set; }

    /// <summary>The secret that the current one replaced.</summary>
    public string? PreviousSecret { get; set; }

    /// <summary>UTC; until then webhooks are signed with both secrets.</summary>
    public DateTime? PreviousSecretExpiresAt { get; set; }

    /// <summary>UTC; when the row was changed last.</summary>
    public required DateTime UpdatedAt { get; set; }
}

internal sealed class WebhookEndpointConfiguration : IEntityTypeConfiguration<WebhookEndpoint>
{
    public void Configure(EntityTypeBuilder<WebhookEndpoint> builder)
    {
        builder.ToTable("webhook_endpoints");
        builder.HasKey(e => e.MerchantId);
        builder.Property(e => e.MerchantId).ValueGeneratedNever();
        builder.Property(e => e.DisabledReason).HasMaxLength(64);
        builder.Property(e => e.HoldReason).HasMaxLength(64);
        builder.Property(e => e.FailedTimes).HasDefaultValue(0);
        builder.Property(e => e.FailedProbes).HasDefaultValue(0);
        builder.HasIndex(e => e.HeldUntil).HasFilter("held_until is not null");
        builder.Property(e => e.PreviousSecret).HasMaxLength(255);
    }
}
