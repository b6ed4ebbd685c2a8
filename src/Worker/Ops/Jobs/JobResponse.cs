using Gateway.Persistence.JobLog;
using Gateway.Persistence.Waiting;
using Gateway.Worker.Bus;

namespace Gateway.Worker.Ops.Jobs;

/// <summary>A job as the API shows it.</summary>
public sealed record JobResponse
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

    /// <summary>What a webhook is about, such as a payment's id.</summary>
    public string? Reference { get; init; }

    /// <summary>Why the last attempt failed or was skipped.</summary>
    public string? Reason { get; init; }

    /// <summary>How many attempts were made.</summary>
    public required int AttemptsMade { get; init; }

    /// <summary>When the last attempt started, UTC; before the first one when it was published.</summary>
    public required DateTime LastAt { get; init; }

    /// <summary>How long the last attempt took, in ms; null before the first one.</summary>
    public int? DurationMs { get; init; }

    /// <summary>When and why the next attempt waits; only where one job is asked for.</summary>
    public WaitResponse? Waiting { get; init; }

    /// <summary>Every attempt, the first first; only where one job is asked for.</summary>
    public IReadOnlyList<AttemptResponse>? Attempts { get; init; }

    /// <summary>When and why it was sent again from its first attempt, the first time first; only where one job is asked for.</summary>
    public IReadOnlyList<SentAgainResponse>? SentAgain { get; init; }

    /// <summary>Shows a job by the run that says where it stands.</summary>
    public static JobResponse From(JobRun last) => new()
    {
        JobId = last.JobId,
        JobType = last.JobType,
        Queue = last.Queue,
        State = last.State.ToString().ToLowerInvariant(),
        MerchantId = last.MerchantId,
        Event = last.Event,
        Reference = last.Reference,
        Reason = last.Reason,
        AttemptsMade = last.State == JobState.Skipped ? last.Attempt - 1 : last.Attempt,
        LastAt = last.StartedAt,
        DurationMs = last.State == JobState.Queued ? null : last.DurationMs,
    };

    /// <summary>Shows a webhook that was put aside before its first attempt, of which there is no run.</summary>
    public static JobResponse From(WaitingEntry waiting) => new()
    {
        JobId = waiting.DeliveryId,
        JobType = WebhookJob.Type,
        Queue = QueueNames.Webhooks,
        State = nameof(JobState.Queued).ToLowerInvariant(),
        MerchantId = waiting.MerchantId.ToString(),
        Event = waiting.Event,
        AttemptsMade = waiting.Attempt - 1,
        LastAt = waiting.EnqueuedAt,
        Waiting = WaitResponse.From(waiting),
        Attempts = [],
        SentAgain = [],
    };

    /// <summary>Shows a job by all its runs and by what waits of it; one of the two there is.</summary>
    public static JobResponse From(OneJob job) => job.Runs is [.., var last]
        ? From(last) with
        {
            Waiting = WaitResponse.From(job.Waiting),
            Attempts = [.. job.Runs.Where(r => r.State != JobState.Queued).Select(AttemptResponse.From)],
            SentAgain = [.. job.Runs.Where(r => r is { State: JobState.Queued, Round: > 0 }).Select(SentAgainResponse.From)],
        }
        : From(job.Waiting!);
}
