namespace Gateway.Worker.Gate;

/// <summary>
/// What is known of those on whom a job waits. So many slots may be in the hands of jobs of a lower standing, and the rest is kept for the
/// others: whoever hangs, however many they are, never has every slot (<c>docs/decisions/slots-for-those-who-answer.md</c>).
/// </summary>
public enum GateStanding
{
    /// <summary>They answered lately and soon, or the job waits on nobody outside: it may have every slot.</summary>
    Answering,

    /// <summary>They were not asked lately: three slots of four, together with <see cref="Failing"/>.</summary>
    Unknown,

    /// <summary>They did not answer the last time, or take long: one slot of two.</summary>
    Failing,
}
