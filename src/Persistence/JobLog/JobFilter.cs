namespace Gateway.Persistence.JobLog;

/// <summary>
/// Which jobs a list shows. Null means any; every condition is about the run that says where the job stands
/// (<see cref="JobHistory.LatestRuns"/>).
/// </summary>
public sealed record JobFilter
{
    /// <summary>
    /// Whether one index has what matches in the order of the list, so that a page takes no longer than its rows: jobs of a merchant, of a
    /// rare queue, type or state, or about one thing. A state that most jobs leave again is not rare: of those rows few are their job's
    /// last.
    /// </summary>
    internal bool IsServedByIndex => (State, Queue, JobType, MerchantId, Event, Reference) switch
    {
        (_, _, _, _, _, not null) => true,
        (null or JobState.Dead or JobState.Skipped, null, null, _, null, _) => true,
        (null, not (null or JobHistory.BusiestQueue or JobHistory.RetryQueue), null, null, null, _) => true,
        (null, null, not (null or WebhookJob.Type), null, null, _) => true,
        _ => false,
    };

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

    /// <summary>What a webhook is about, such as a payment's id; of more than 1,000 jobs about one thing the newest.</summary>
    public string? Reference { get; init; }

    /// <summary>UTC; the latest run started then or later.</summary>
    public DateTime? From { get; init; }

    /// <summary>UTC; the latest run started before.</summary>
    public DateTime? To { get; init; }
}
