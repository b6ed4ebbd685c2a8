namespace Gateway.Persistence.JobLog;

/// <summary>A page of jobs, newest first.</summary>
public sealed record JobPage
{
    /// <summary>The latest run of each job.</summary>
    public required IReadOnlyList<JobRun> Jobs { get; init; }

    /// <summary>Where the next page starts; null when this is the last.</summary>
    public required JobCursor? Next { get; init; }
}
