using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Gateway.Persistence.Settlement;

/// <summary>
/// One generation of the settlement report of a business day. What it says is never changed: figures that changed later stand in the next
/// generation.
/// </summary>
public sealed class StoredSettlementReport
{
    /// <summary>The business day.</summary>
    public required DateOnly Date { get; init; }

    /// <summary>From 1; each generation corrects the one before it.</summary>
    public required int Generation { get; init; }

    /// <summary>The report as JSON.</summary>
    public required string Report { get; init; }

    /// <summary>UTC; when its figures were read.</summary>
    public required DateTime GeneratedAt { get; init; }

    /// <summary>
    /// The mail that tells this correction, the same for all corrections of one run; at most 64 characters. Null for the first report of a
    /// day, which has a mail of its own.
    /// </summary>
    public string? CorrectionMail { get; init; }

    /// <summary>UTC; when its figures were last compared with the database's; null when that was only when it was written.</summary>
    public DateTime? CheckedAt { get; init; }

    /// <summary>The job that compared them: another attempt of it need not do so again.</summary>
    public Guid? CheckedBy { get; init; }

    /// <summary>UTC; when the mail server had taken its mail; null before.</summary>
    public DateTime? MailedAt { get; set; }

    /// <summary>UTC; until then somebody mails it, and nobody else does.</summary>
    public DateTime? MailingUntil { get; set; }

    /// <summary>
    /// Why the mail server refused its mail for good, at most 1,024 characters; it is sent again only when somebody asks.
    /// </summary>
    public string? MailRefused { get; set; }
}

internal sealed class StoredSettlementReportConfiguration : IEntityTypeConfiguration<StoredSettlementReport>
{
    public void Configure(EntityTypeBuilder<StoredSettlementReport> builder)
    {
        builder.ToTable("settlement_reports");
        builder.HasKey(r => new { r.Date, r.Generation });
        builder.Property(r => r.Report).HasColumnType("json");
        builder.Property(r => r.CorrectionMail).HasMaxLength(64);
        builder.Property(r => r.MailRefused).HasMaxLength(1024);
    }
}
