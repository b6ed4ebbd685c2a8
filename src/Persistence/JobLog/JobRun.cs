namespace Gateway.Persistence.JobLog;

/// <summary>One attempt of one job: a row of <c>job_runs</c>, written once and never changed.</summary>
public sealed class JobRun
{
    /// <summary>Identifies the row; a UUID v7, so that a job's runs sort by time.</summary>
    public Guid RunId { get; init; } = Guid.CreateVersion7();

    /// <summary>The job, such as a webhook's delivery id.</summary>
    public required Guid JobId { get; init; }

    /// <summary>The type of the job, such as <c>webhook:delivery</c>.</summary>
    public required string JobType { get; init; }

    /// <summary>The queue from which it was taken.</summary>
    public required string Queue { get; init; }

    /// <summary>The number of the attempt, from 1; 0 on the row that says a job was published over the API.</summary>
    public required int Attempt { get; init; }

    /// <summary>The state of the job after this attempt.</summary>
    public required JobState State { get; init; }

    /// <summary>Why it failed or was skipped, as one word of a fixed list; null after a success.</summary>
    public string? Reason { get; init; }

    /// <summary>The HTTP status of a webhook's answer.</summary>
    public int? StatusCode { get; init; }

    /// <summary>The first 1 KiB of the answer, or of the error.</summary>
    public string? Detail { get; init; }

    /// <summary>The merchant whom the job concerns, as text, at most 255 characters.</summary>
    public string? MerchantId { get; init; }

    /// <summary>The event that a webhook tells, at most 255 characters.</summary>
    public string? Event { get; init; }

    /// <summary>When the attempt started, UTC.</summary>
    public required DateTime StartedAt { get; init; }

    /// <summary>How long it took, in milliseconds.</summary>
    public required int DurationMs { get; init; }
}
