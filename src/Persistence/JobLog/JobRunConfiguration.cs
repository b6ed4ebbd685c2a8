using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Gateway.Persistence.JobLog;

/// <summary>The table <c>job_runs</c>, and its indexes with what each is for.</summary>
internal sealed class JobRunConfiguration : IEntityTypeConfiguration<JobRun>
{
    public void Configure(EntityTypeBuilder<JobRun> builder)
    {
        builder.ToTable("job_runs");

        // One index finds all runs of a job and refuses the same run twice.
        builder.HasKey(r => new { r.JobId, r.RunId });

        // New rows go to the right end of this index, which is cheap. docs/decisions/job-log.md has the figures.
        builder.HasIndex(r => r.StartedAt);

        // Whatever a merchant asks for. Of all indexes this one costs most: docs/decisions/job-log.md.
        builder.HasIndex(r => new { r.MerchantId, r.StartedAt }, "ix_job_runs_merchant_id_started_at_all");

        // What operators look for is rare, and so are the writes to these.
        builder.HasIndex(r => new { r.MerchantId, r.StartedAt }, "ix_job_runs_merchant_id_started_at")
            .HasFilter($"state <> {(short)JobState.Succeeded}");
        builder.HasIndex(r => new { r.State, r.StartedAt }).HasFilter($"state <> {(short)JobState.Succeeded}");
        builder.HasIndex(r => new { r.Queue, r.StartedAt }).HasFilter($"queue <> '{JobHistory.BusiestQueue}'");
        builder.HasIndex(r => new { r.JobType, r.StartedAt }).HasFilter($"job_type <> '{WebhookJob.Type}'");

        // What is known of a job is known of its first attempt, or of the row that says it was published.
        builder.HasIndex(r => new { r.Reference, r.StartedAt }).HasFilter("reference is not null and attempt <= 1");

        builder.Ignore(r => r.Webhook);

        // Fixed widths first: no padding between columns.
        builder.Property(r => r.JobId).HasColumnOrder(0).ValueGeneratedNever();
        builder.Property(r => r.RunId).HasColumnOrder(1).ValueGeneratedNever();
        builder.Property(r => r.StartedAt).HasColumnOrder(2);
        builder.Property(r => r.DurationMs).HasColumnOrder(3);
        builder.Property(r => r.Attempt).HasColumnOrder(4);
        builder.Property(r => r.StatusCode).HasColumnOrder(5);
        builder.Property(r => r.State).HasColumnOrder(6);
        builder.Property(r => r.JobType).HasColumnOrder(7).HasMaxLength(JobRun.ShortLength);
        builder.Property(r => r.Queue).HasColumnOrder(8).HasMaxLength(JobRun.ShortLength);
        builder.Property(r => r.Reason).HasColumnOrder(9).HasMaxLength(JobRun.ShortLength);
        builder.Property(r => r.MerchantId).HasColumnOrder(10).HasMaxLength(JobRun.NameLength);
        builder.Property(r => r.Event).HasColumnOrder(11).HasMaxLength(JobRun.NameLength);
        builder.Property(r => r.Detail).HasColumnOrder(12).HasMaxLength(JobRun.DetailLength);

        builder.Property(r => r.Round).HasColumnOrder(13).HasDefaultValue((short)0);

        // Compared byte by byte: in the index of a language's order it takes twice as long to find its place.
        builder.Property(r => r.Reference).HasColumnOrder(14).HasMaxLength(JobRun.ReferenceLength).UseCollation("C");
        builder.Property(r => r.TraceId).HasColumnOrder(15);
    }
}
