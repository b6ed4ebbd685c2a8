using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Gateway.Persistence.Settlement;

/// <summary>The settlement report of one business day, as it was written last.</summary>
public sealed class StoredSettlementReport
{
    /// <summary>The business day.</summary>
    public required DateOnly Date { get; init; }

    /// <summary>The report as JSON.</summary>
    public required string Report { get; set; }

    /// <summary>UTC; when it was written.</summary>
    public required DateTime GeneratedAt { get; set; }

    /// <summary>How often it was written, from 1.</summary>
    public required int Generation { get; set; }

    /// <summary>UTC; when the mail server had taken it; null before. A report that is written again is not mailed again.</summary>
    public DateTime? MailedAt { get; set; }

    /// <summary>UTC; until then somebody mails it, and nobody else does.</summary>
    public DateTime? MailingUntil { get; set; }
}

internal sealed class StoredSettlementReportConfiguration : IEntityTypeConfiguration<StoredSettlementReport>
{
    public void Configure(EntityTypeBuilder<StoredSettlementReport> builder)
    {
        builder.ToTable("settlement_reports");
        builder.HasKey(r => r.Date);
        builder.Property(r => r.Report).HasColumnType("json");
    }
}
