using Gateway.Worker.Bus.DelayedSends;

namespace Gateway.Worker.Webhooks;

/// <summary>
/// When a failed webhook is tried again. Pure: the same failure and the same random number give the same wait.
/// </summary>
public sealed class RetrySchedule(IReadOnlyList<TimeSpan> delays)
{
    /// <summary>How many attempts a delivery gets in all: the first one and its retries.</summary>
    public int MaxAttempts => delays.Count + 1;

    /// <summary>Whether another attempt follows after <paramref name="attempt"/> (from 1) failed.</summary>
    public bool HasRetriesAfter(int attempt) => attempt < MaxAttempts;

    /// <summary>The wait after a failed attempt.</summary>
    /// <param name="attempt">The attempt that failed, from 1; one that has retries left.</param>
    /// <param name="retryAfter">What the merchant asked for. It is rounded up to the next step that covers it, at most the longest.</param>
    /// <param name="random">A random number in [0, 1).</param>
    /// <exception cref="ArgumentOutOfRangeException">The attempt has no retries left.</exception>
    public TimeSpan DelayAfter(int attempt, TimeSpan? retryAfter, double random)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(attempt, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(attempt, delays.Count);

        var own = delays[attempt - 1];
        if (retryAfter is not { } wish || wish <= own)
        {
            return DelaySteps.Spread(own, random);
        }

        var covering = delays[^1];
        for (var step = attempt; step < delays.Count; step++)
        {
            if (delays[step] >= wish)
            {
                covering = delays[step];
                break;
            }
        }

        // The merchant named the earliest moment, so here the jitter only adds.
        return covering * (1 + DelaySteps.Jitter * random);
    }
}
