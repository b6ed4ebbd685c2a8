namespace Gateway.Worker.Ops.Queues;

/// <summary>A queue as the API shows it. What is not known is null and named in <see cref="Unknown"/>.</summary>
public sealed record QueueResponse
{
    /// <summary>The queue.</summary>
    public required string Queue { get; init; }

    /// <summary>Its share of the starts while every queue has something waiting.</summary>
    public required int Weight { get; init; }

    /// <summary>Whether an operator paused it.</summary>
    public required bool Paused { get; init; }

    /// <summary>Who paused it.</summary>
    public string? PausedBy { get; init; }

    /// <summary>Since when it is paused, UTC.</summary>
    public DateTime? PausedAt { get; init; }

    /// <summary>Messages that no worker has taken yet.</summary>
    public long? Ready { get; init; }

    /// <summary>Messages that workers have taken, those at their gates included.</summary>
    public long? Active { get; init; }

    /// <summary>Messages that come to the queue later.</summary>
    public long? Delayed { get; init; }

    /// <summary>Dead letters with which nobody has dealt, and what is still in its error and its skipped queue.</summary>
    public long? Dead { get; init; }

    /// <summary>Attempts that succeeded since midnight in the business time zone.</summary>
    public long? ProcessedToday { get; init; }

    /// <summary>Attempts that failed since then.</summary>
    public long? FailedToday { get; init; }

    /// <summary>How long the message that waits longest has waited at most, by what this worker started last; 0 when none waits.</summary>
    public double? OldestWaitingSeconds { get; init; }

    /// <summary>Workers that take from it.</summary>
    public int? Consumers { get; init; }

    /// <summary>Messages that wait at this worker's gate.</summary>
    public required int Waiting { get; init; }

    /// <summary>Messages that this worker is at.</summary>
    public required int InFlight { get; init; }

    /// <summary>The figures that are not known at the moment.</summary>
    public required IReadOnlyList<string> Unknown { get; init; }
}
