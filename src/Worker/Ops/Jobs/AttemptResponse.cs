using Gateway.Persistence.JobLog;

namespace Gateway.Worker.Ops.Jobs;

/// <summary>One attempt as the API shows it.</summary>
public sealed record AttemptResponse
{
    /// <summary>Its number, from 1.</summary>
    public required int Attempt { get; init; }

    /// <summary>How often the job had been sent again from its first attempt, from 0; each time its attempts begin with 1.</summary>
    public required int Round { get; init; }

    /// <summary>The queue from which it was taken.</summary>
    public required string Queue { get; init; }

    /// <summary>Where the job stood after it.</summary>
    public required string State { get; init; }

    /// <summary>Why the attempt failed or was skipped.</summary>
    public string? Reason { get; init; }

    /// <summary>The HTTP status of a webhook's answer.</summary>
    public int? StatusCode { get; init; }

    /// <summary>The beginning of the answer, or what went wrong.</summary>
    public string? Detail { get; init; }

    /// <summary>When it started, UTC.</summary>
    public required DateTime StartedAt { get; init; }

    /// <summary>How long it took, in milliseconds.</summary>
    public required int DurationMs { get; init; }

    /// <summary>The trace of it, 32 hexadecimal digits; absent where nothing is traced.</summary>
    public string? TraceId { get; init; }

    /// <summary>Shows a run.</summary>
    public static AttemptResponse From(JobRun run) => new()
    {
        Attempt = run.Attempt,
        Round = run.Round,
        Queue = run.Queue,
        State = run.State.ToString().ToLowerInvariant(),
        Reason = run.Reason,
        StatusCode = run.StatusCode,
        Detail = run.Detail,
        StartedAt = run.StartedAt,
        DurationMs = run.DurationMs,
        TraceId = TraceOfRun.TextOf(run.TraceId),
    };
}
