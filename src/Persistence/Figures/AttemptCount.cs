using Gateway.Persistence.JobLog;

namespace Gateway.Persistence.Figures;

/// <summary>How many attempts ended in one way, and how long they took.</summary>
public abstract class AttemptCount
{
    /// <summary>Where the attempts left their jobs; a delivery that its merchant had already counts as skipped.</summary>
    public required JobState Outcome { get; init; }

    /// <summary>How many attempts there were, those that were skipped included.</summary>
    public int Attempts { get; set; }

    /// <summary>How many of them were not the first of their job.</summary>
    public int Retries { get; set; }

    /// <summary>How many took how long, by <see cref="DurationBuckets"/>. What was skipped or could not be attempted is in none.</summary>
    public int[] Durations { get; set; } = new int[DurationBuckets.Count];

    /// <summary>How an attempt is counted; null for a row that tells of none.</summary>
    internal static JobState? OutcomeOf(JobRun run) => run switch
    {
        { State: JobState.Queued } or { Attempt: < 1 } => null,
        { State: JobState.Succeeded, Reason: not null } => JobState.Skipped,
        _ => run.State,
    };

    /// <summary>Counts an attempt that ended so.</summary>
    internal void Add(JobRun run)
    {
        Attempts++;
        // A message that can be no attempt is dead at once.
        if (Outcome == JobState.Skipped || (Outcome == JobState.Dead && run.DurationMs == 0))
        {
            return;
        }

        Durations[DurationBuckets.IndexOf(run.DurationMs)]++;
        if (run.Attempt > 1)
        {
            Retries++;
        }
    }

    /// <summary>Adds what others have counted.</summary>
    internal void Add(AttemptCount other)
    {
        Attempts += other.Attempts;
        Retries += other.Retries;
        for (var bucket = 0; bucket < Durations.Length; bucket++)
        {
            Durations[bucket] += other.Durations[bucket];
        }
    }

    /// <summary>The buckets as JSON, which is how SQLite keeps them.</summary>
    internal string DurationsAsJson() => $"[{string.Join(',', Durations)}]";

    /// <summary>The buckets as PostgreSQL writes an array, because an array of arrays cannot be a parameter that is unnested.</summary>
    internal string DurationsAsArray() => $"{{{string.Join(',', Durations)}}}";
}
