using Gateway.Persistence.JobLog;

namespace Gateway.Worker.Ops.Jobs;

/// <summary>That a job was sent again from its first attempt. It is absent where the database was away when the job was sent.</summary>
public sealed record SentAgainResponse
{
    /// <summary>How often the job has been sent again with this time; its attempts from then on have the same number.</summary>
    public required int Round { get; init; }

    /// <summary>Why: <c>requeued</c> from the dead letters, <c>redelivered</c> as one, or <c>recovered</c> with others.</summary>
    public string? Reason { get; init; }

    /// <summary>When it was sent, UTC.</summary>
    public required DateTime At { get; init; }

    /// <summary>Shows the row that says so.</summary>
    public static SentAgainResponse From(JobRun queued) => new() { Round = queued.Round, Reason = queued.Reason, At = queued.StartedAt };
}
