namespace Gateway.Persistence.DeadLetters;

/// <summary>Where a <see cref="DeadLetter"/> stands. Stored as the number, shown in lower case.</summary>
public enum DeadLetterState : short
{
    /// <summary>Nobody has dealt with it.</summary>
    Dead = 0,

    /// <summary>An operator asked for it to be put back into its queue, and a worker will.</summary>
    Requeueing = 1,

    /// <summary>It was put back.</summary>
    Requeued = 2,

    /// <summary>An operator dropped it.</summary>
    Dropped = 3,
}
