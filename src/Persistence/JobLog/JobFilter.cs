namespace Gateway.Persistence.JobLog;

/// <summary>
/// Which jobs a list shows. Null means any; every condition is about the run that says where the job stands
/// (<see cref="JobHistory.LatestRuns"/>).
/// </summary>
public sealed record JobFilter
{
    /// <summary>Where the job stands.</summary>
    public JobState? State { get; init; }

    /// <summary>True: only jobs that have no entry in the waiting room.</summary>
    public bool IsOutsideWaitingRoom { get; init; }

    /// <summary>The queue of the latest run.</summary>
    public string? Queue { get; init; }

    /// <summary>Such as <c>webhook:delivery</c>.</summary>
    public string? JobType { get; init; }

    /// <summary>The merchant's id as text.</summary>
    public string? MerchantId { get; init; }

    /// <summary>The event that a webhook tells.</summary>
    public string? Event { get; init; }

    /// <summary>UTC; the latest run started then or later.</summary>
    public DateTime? From { get; init; }

    /// <summary>UTC; the latest run started before.</summary>
    public DateTime? To { get; init; }
}
