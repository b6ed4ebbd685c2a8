using Gateway.Persistence.JobLog;

namespace Gateway.Worker.Ops.Jobs;

/// <summary>A job as the API shows it.</summary>
public sealed record JobAnswer
{
    /// <summary>The job's id, such as a webhook's delivery id.</summary>
    public required Guid JobId { get; init; }

    /// <summary>Its type, such as <c>webhook:delivery</c>.</summary>
    public required string JobType { get; init; }

    /// <summary>The queue of its last attempt.</summary>
    public required string Queue { get; init; }

    /// <summary>Where it stands: queued, succeeded, retrying, dead or skipped.</summary>
    public required string State { get; init; }

    /// <summary>The merchant whom it concerns.</summary>
    public string? MerchantId { get; init; }

    /// <summary>The event that a webhook tells.</summary>
    public string? Event { get; init; }

    /// <summary>Why the last attempt failed or was skipped.</summary>
    public string? Reason { get; init; }

    /// <summary>How many attempts were made.</summary>
    public required int AttemptsMade { get; init; }

    /// <summary>When the last attempt started, UTC.</summary>
    public required DateTime LastAt { get; init; }

    /// <summary>Every attempt, oldest first; only where one job is asked for.</summary>
    public IReadOnlyList<AttemptAnswer>? Attempts { get; init; }

    /// <summary>Shows a job by its last run.</summary>
    public static JobAnswer Of(JobRun last) => new()
    {
        JobId = last.JobId,
        JobType = last.JobType,
        Queue = last.Queue,
        State = last.State.ToString().ToLowerInvariant(),
        MerchantId = last.MerchantId,
        Event = last.Event,
        Reason = last.Reason,
        AttemptsMade = last.State == JobState.Skipped ? last.Attempt - 1 : last.Attempt,
        LastAt = last.StartedAt,
    };

    /// <summary>Shows a job by all its runs.</summary>
    public static JobAnswer Of(IReadOnlyList<JobRun> runs) => Of(runs[^1]) with
    {
        Attempts = [.. runs.Where(r => r.State != JobState.Queued).Select(AttemptAnswer.Of)],
    };
}
