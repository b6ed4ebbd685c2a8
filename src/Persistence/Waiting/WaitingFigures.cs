namespace Gateway.Persistence.Waiting;

/// <summary>The waiting room in figures. What is on the road is in a queue, and is not counted here.</summary>
public sealed record WaitingFigures
{
    /// <summary>How many entries wait, by reason; a reason for which none waits is absent.</summary>
    public required IReadOnlyDictionary<WaitReason, long> ByReason { get; init; }

    /// <summary>How many of them wait for their first attempt.</summary>
    public required long FirstAttempts { get; init; }

    /// <summary>How many of them wait for a later attempt.</summary>
    public required long Retries { get; init; }

    /// <summary>How many of them this version cannot read.</summary>
    public required long Unreadable { get; init; }

    /// <summary>
    /// How late the oldest due entry is: of merchants who are neither disabled nor held and of whom nothing is on the road, which is what
    /// the rest of a merchant's entries waits for. Zero when none is due.
    /// </summary>
    public required TimeSpan OldestDueAge { get; init; }
}
