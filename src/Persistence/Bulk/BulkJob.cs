using Gateway.Persistence.DeadLetters;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Gateway.Persistence.Bulk;

/// <summary>
/// What an operator asked to be done with all that match: a row of <c>bulk_jobs</c>. Workers do it page by page, and any of them goes on
/// from <see cref="PositionAt"/>, also after a crash. Of what it filters by, null means any.
/// </summary>
public sealed class BulkJob
{
    /// <summary>A UUID v7.</summary>
    public required Guid BulkJobId { get; init; }

    /// <summary>What is done with all that match.</summary>
    public required BulkKind Kind { get; init; }

    /// <summary>Only this dead letter.</summary>
    public Guid? LetterId { get; init; }

    /// <summary>Only dead letters of this queue.</summary>
    public string? Queue { get; init; }

    /// <summary>The merchant's id as text; a recovery always has one.</summary>
    public string? MerchantId { get; init; }

    /// <summary>Only webhooks of this event.</summary>
    public string? Event { get; init; }

    /// <summary>Only dead letters with this reason.</summary>
    public string? Reason { get; init; }

    /// <summary>UTC; a letter died, or the last run of a webhook started, then or later.</summary>
    public DateTime? From { get; init; }

    /// <summary>UTC; a letter died, or the last run of a webhook started, before. Never later than <see cref="CreatedAt"/>.</summary>
    public required DateTime To { get; init; }

    /// <summary>Whether a recovery sends those that failed for the last time.</summary>
    public bool IncludesDead { get; init; }

    /// <summary>Whether a recovery sends those that were skipped.</summary>
    public bool IncludesSkipped { get; init; }

    /// <summary>How many a second, from 1; null for as many as the servers take.</summary>
    public int? RatePerSecond { get; init; }

    /// <summary>Where the bulk job stands.</summary>
    public BulkState State { get; set; }

    /// <summary>How many matched when it began.</summary>
    public required int Total { get; init; }

    /// <summary>With how many it was done. Others may have dealt with the rest meanwhile.</summary>
    public int Done { get; set; }

    /// <summary>UTC; when the last letter of the last page died, or when the run of its last webhook started.</summary>
    public DateTime? PositionAt { get; set; }

    /// <summary>The same letter's or run's id.</summary>
    public Guid? PositionId { get; set; }

    /// <summary>UTC; the next page begins then or later.</summary>
    public required DateTime NextAt { get; set; }

    /// <summary>The name of the operator's key, at most 64 characters.</summary>
    public required string CreatedBy { get; init; }

    /// <summary>UTC; when it was asked for.</summary>
    public required DateTime CreatedAt { get; init; }

    /// <summary>UTC; when the last page was done, or when it was stopped or resumed.</summary>
    public required DateTime UpdatedAt { get; set; }

    /// <summary>How many the next page has, so that there is about one a second where a rate is set.</summary>
    /// <param name="most">The most.</param>
    public int PageSize(int most) => Math.Min(most, RatePerSecond ?? most);

    /// <summary>The dead letters that it is about.</summary>
    internal DeadLetterFilter ToLetterFilter() => new()
    {
        LetterId = LetterId,
        Queue = Queue,
        MerchantId = MerchantId,
        Event = Event,
        Reason = Reason,
        From = From,
        To = To,
    };
}

internal sealed class BulkJobConfiguration : IEntityTypeConfiguration<BulkJob>
{
    public void Configure(EntityTypeBuilder<BulkJob> builder)
    {
        builder.ToTable("bulk_jobs");
        builder.HasKey(j => j.BulkJobId);
        builder.Property(j => j.BulkJobId).ValueGeneratedNever();
        builder.Property(j => j.CreatedBy).HasMaxLength(64);

        // What every worker asks each second.
        builder.HasIndex(j => j.CreatedAt).HasFilter($"state = {(short)BulkState.Running}");
    }
}
