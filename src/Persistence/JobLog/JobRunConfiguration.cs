using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Gateway.Persistence.JobLog;

internal sealed class JobRunConfiguration : IEntityTypeConfiguration<JobRun>
{
    public void Configure(EntityTypeBuilder<JobRun> builder)
    {
        builder.ToTable("job_runs");

        // One index finds all runs of a job, gives them in the order of time, and refuses the same run twice.
        builder.HasKey(r => new { r.JobId, r.RunId });

        // New rows go to the right end of this index, which is cheap. docs/decisions/job-log.md has the figures.
        builder.HasIndex(r => r.StartedAt);

        // What operators look for is rare, and so are the writes to this index. One that holds every row doubles the server's work.
        builder.HasIndex(r => new { r.MerchantId, r.StartedAt }).HasFilter($"state <> {(short)JobState.Succeeded}");

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
    }
}
