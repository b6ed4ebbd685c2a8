namespace Gateway.Worker.Bus.DelayedSends;

/// <summary>
/// The delays that a destination knows. RabbitMQ looks at the expiry of the message at a queue's head only, so a delay queue holds
/// messages of about the same delay: what differs from its step by more than the jitter waits for the next step instead.
/// </summary>
public sealed class DelaySteps
{
    /// <summary>A delay belongs to a step when it differs by at most this share of it, as the jitter of the retry schedules does.</summary>
    public const double Jitter = 0.2;

    /// <summary>The broker keeps an expiry as milliseconds in 32 bits.</summary>
    private static readonly TimeSpan LongestExpiry = TimeSpan.FromMilliseconds(uint.MaxValue);

    /// <summary>Takes the delays of one destination, in any order and more than once if need be.</summary>
    /// <param name="destination">The name of the queue in which delayed messages arrive.</param>
    /// <param name="delays">At least one, each a whole number of milliseconds from 1 ms to 41 days.</param>
    /// <exception cref="ArgumentException">There is no delay, or one that cannot be.</exception>
    public DelaySteps(string destination, IEnumerable<TimeSpan> delays)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(destination);
        Destination = destination;
        Steps = [.. delays.Distinct().Order().Select(delay => new DelayStep(destination, delay))];
        if (Steps.Count == 0)
        {
            throw new ArgumentException($"The queue '{destination}' needs at least one delay step.", nameof(delays));
        }

        if (Steps.FirstOrDefault(IsImpossible) is { } wrong)
        {
            throw new ArgumentException(
                $"{wrong.Delay} is no delay step for the queue '{destination}': it must be whole milliseconds, from 1 ms to 41 days.",
                nameof(delays));
        }
    }

    /// <summary>The name of the queue in which delayed messages arrive.</summary>
    public string Destination { get; }

    /// <summary>The steps, the shortest first.</summary>
    public IReadOnlyList<DelayStep> Steps { get; }

    /// <summary>
    /// The step at which a message waits, and how long, in whole milliseconds: as asked when the delay is within the jitter of a step,
    /// else as long as the next step that covers it. Never shorter than asked.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The delay is longer than the longest step with its jitter.</exception>
    public (DelayStep Step, TimeSpan Expiry) For(TimeSpan delay)
    {
        var expiry = TimeSpan.FromMilliseconds(Math.Ceiling(delay.TotalMilliseconds));
        var step = Steps.FirstOrDefault(s => expiry <= WithJitter(s)) ?? throw new ArgumentOutOfRangeException(
            nameof(delay),
            delay,
            $"A message to the queue '{Destination}' cannot be delayed by {delay}: the longest delay step is "
            + $"{Steps[^1].Delay}, with jitter {WithJitter(Steps[^1])}.");

        return (step, expiry < step.Delay * (1 - Jitter) ? step.Delay : expiry);
    }

    /// <summary>A wait that strays from its step by up to <see cref="Jitter"/>, so that the retries of one outage spread out.</summary>
    /// <param name="delay">The step.</param>
    /// <param name="random">A random number in [0, 1).</param>
    public static TimeSpan Spread(TimeSpan delay, double random) => delay * (1 - Jitter + 2 * Jitter * random);

    private static TimeSpan WithJitter(DelayStep step) => step.Delay * (1 + Jitter);

    private static bool IsImpossible(DelayStep step) =>
        step.Delay < TimeSpan.FromMilliseconds(1)
        || step.Delay.Ticks % TimeSpan.TicksPerMillisecond != 0
        || WithJitter(step) > LongestExpiry;
}
