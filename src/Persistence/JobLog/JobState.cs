namespace Gateway.Persistence.JobLog;

/// <summary>Where a job stands after an attempt. Stored as the number, shown in lower case.</summary>
public enum JobState : short
{
    /// <summary>Published, not attempted yet.</summary>
    Queued = 0,

    /// <summary>The job is done.</summary>
    Succeeded = 1,

    /// <summary>Failed, with retries left.</summary>
    Retrying = 2,

    /// <summary>Failed for the last time; it is a dead letter.</summary>
    Dead = 3,

    /// <summary>Not attempted, for the reason given.</summary>
    Skipped = 4,
}
