namespace Gateway.Persistence.Waiting;

/// <summary>How much of the waiting room may be on the road.</summary>
public sealed record ReleaseLimits
{
    /// <summary>
    /// Merchants of a higher rank are looked at first, but one who has been due for so long counts as one rank higher: those above them may
    /// have something due at every look.
    /// </summary>
    internal static readonly TimeSpan OverdueForOneRank = TimeSpan.FromSeconds(10);

    /// <summary>Entries of one merchant that are on the road at once, from 1.</summary>
    public required int PerMerchant { get; init; }

    /// <summary>
    /// For how long an entry is leased before the broker has its message: who dies in between keeps nobody waiting for longer.
    /// </summary>
    public required TimeSpan SendingTime { get; init; }

    /// <summary>How long a probe may take before the next one is sent.</summary>
    public required TimeSpan ProbeTime { get; init; }

    /// <summary>Whether first attempts are released: false while their queue is paused.</summary>
    public bool FirstAttempts { get; init; } = true;

    /// <summary>Whether later attempts are released: false while their queue is paused.</summary>
    public bool Retries { get; init; } = true;

    /// <summary>Merchants of one look, from 1: locked until what is due of them is leased, and commits for them wait for that.</summary>
    public int Merchants { get; init; } = 200;
}
