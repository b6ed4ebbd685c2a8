using Gateway.Persistence.JobLog;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Gateway.Persistence.Figures;

/// <summary>
/// The attempts of one type of job on one queue in a minute: a row of <c>job_counts</c>, written in the commit that records them. The
/// worker is part of the key, so that no two wait for one row. Rows of more than a week ago are of an hour and of all workers.
/// </summary>
public sealed class JobCount : AttemptCount
{
    /// <summary>The worker of rows that were folded to hours.</summary>
    public static readonly Guid AllWorkers = Guid.Empty;

    /// <summary>UTC; the minute, or the hour.</summary>
    public required DateTime StartsAt { get; init; }

    /// <summary>The worker that made the attempts, or <see cref="AllWorkers"/>.</summary>
    public required Guid WorkerId { get; init; }

    /// <summary>Such as <c>webhook:delivery</c>, at most 64 characters.</summary>
    public required string JobType { get; init; }

    /// <summary>The queue, at most 64 characters.</summary>
    public required string Queue { get; init; }

    /// <summary>Counts the attempts of a commit.</summary>
    internal static IReadOnlyList<JobCount> From(IEnumerable<JobRun> runs, Guid workerId)
    {
        Dictionary<(DateTime, string, string, JobState), JobCount> counts = [];
        foreach (var run in runs)
        {
            if (AttemptCount.OutcomeOf(run) is not { } outcome)
            {
                continue;
            }

            var minute = new DateTime(run.StartedAt.Ticks - (run.StartedAt.Ticks % TimeSpan.TicksPerMinute), DateTimeKind.Utc);
            var key = (minute, run.JobType, run.Queue, outcome);
            if (!counts.TryGetValue(key, out var count))
            {
                counts[key] = count = new JobCount
                {
                    StartsAt = minute,
                    WorkerId = workerId,
                    JobType = run.JobType,
                    Queue = run.Queue,
                    Outcome = outcome,
                };
            }

            count.Add(run);
        }

        return [.. counts.Values];
    }
}

internal sealed class JobCountConfiguration : IEntityTypeConfiguration<JobCount>
{
    public void Configure(EntityTypeBuilder<JobCount> builder)
    {
        builder.ToTable("job_counts");
        builder.HasKey(c => new { c.StartsAt, c.JobType, c.Queue, c.Outcome, c.WorkerId });
        builder.Property(c => c.StartsAt).HasColumnOrder(0);
        builder.Property(c => c.WorkerId).HasColumnOrder(1).ValueGeneratedNever();
        builder.Property(c => c.Attempts).HasColumnOrder(2);
        builder.Property(c => c.Retries).HasColumnOrder(3);
        builder.Property(c => c.Outcome).HasColumnOrder(4);
        builder.Property(c => c.JobType).HasColumnOrder(5).HasMaxLength(JobRun.ShortLength);
        builder.Property(c => c.Queue).HasColumnOrder(6).HasMaxLength(JobRun.ShortLength);
        builder.Property(c => c.Durations).HasColumnOrder(7);
    }
}
