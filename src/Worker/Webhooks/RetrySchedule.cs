using Gateway.Persistence.Waiting;
using Gateway.Worker.Bus.DelayedSends;
using Gateway.Worker.Webhooks.Attempts;

namespace Gateway.Worker.Webhooks;

/// <summary>
/// What follows an attempt. Pure: the same attempt and the same random number have the same consequence.
/// </summary>
public sealed class RetrySchedule(IReadOnlyList<TimeSpan> delays)
{
    private static readonly TimeSpan ShortestWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    /// <summary>How many attempts a delivery gets in all: the first one and its retries.</summary>
    public int MaxAttempts => delays.Count + 1;

    /// <summary>Whether another attempt follows after <paramref name="attempt"/> (from 1) failed.</summary>
    public bool HasRetriesAfter(int attempt) => attempt < MaxAttempts;

    /// <summary>Decides what follows an attempt.</summary>
    /// <param name="attempt">The number of the attempt, from 1.</param>
    /// <param name="endedAt">When it ended, UTC.</param>
    /// <param name="result">How the attempt ended.</param>
    /// <param name="random">A random number in [0, 1).</param>
    public NextStep After(int attempt, DateTime endedAt, AttemptResult result, double random) => result.Outcome switch
    {
        AttemptOutcome.Succeeded => new NextStep.Delivered(),
        // The merchant wants no more webhooks: no retry can help.
        AttemptOutcome.Gone => new NextStep.Exhausted(),
        _ when !HasRetriesAfter(attempt) => new NextStep.Exhausted(),
        _ when result.RetryAfter is { } wish && wish > delays[attempt - 1] =>
            // The merchant named the earliest moment, so here the jitter only adds.
            new NextStep.Retry(endedAt + wish * (1 + DelaySteps.Jitter * random), WaitReason.RetryAfter),
        _ => new NextStep.Retry(endedAt + DelaySteps.Spread(delays[attempt - 1], random), WaitReason.Retry),
    };

    /// <summary>
    /// The wait of one that found no slot because too many others wait on endpoints that do not answer: half as long as it is late already,
    /// so that it goes round a few times and not hundreds of times.
    /// </summary>
    /// <param name="attempt">The number of the attempt that it waits for, from 1.</param>
    /// <param name="age">
    /// How long ago it was published, or the attempt before this one ended, after which it was to wait anyway; null when nothing tells.
    /// </param>
    /// <param name="random">A random number in [0, 1).</param>
    public TimeSpan WhenCrowded(int attempt, TimeSpan? age, double random)
    {
        var planned = attempt > 1 && attempt <= MaxAttempts ? delays[attempt - 2] * (1 + DelaySteps.Jitter) : TimeSpan.Zero;
        var wait = ((age - planned) ?? TimeSpan.FromSeconds(10)) / 2;
        return DelaySteps.Spread(wait < ShortestWait ? ShortestWait : wait > LongestWait ? LongestWait : wait, random);
    }

    /// <summary>The wait after the worker itself failed before the attempt; null when it has failed too often.</summary>
    /// <param name="faults">How often, from 1.</param>
    /// <param name="random">A random number in [0, 1).</param>
    public TimeSpan? AfterFault(int faults, double random) => faults <= delays.Count ? DelaySteps.Spread(delays[faults - 1], random) : null;
}
