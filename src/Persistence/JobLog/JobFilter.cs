namespace Gateway.Persistence.JobLog;

/// <summary>Which jobs a list shows. Null means any; every condition is about the job's latest run.</summary>
public sealed record JobFilter
{
    /// <summary>Where the job stands.</summary>
    public JobState? State { get; init; }

    /// <summary>True: only jobs that wait for an attempt, their first or their next.</summary>
    public bool IsWaiting { get; init; }

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
