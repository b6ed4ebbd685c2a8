using Gateway.Worker.Configuration;

namespace Gateway.Worker.Jobs;

/// <summary>How the jobs of a queue are run.</summary>
/// <param name="Name">The queue.</param>
/// <param name="Timeout">How long one attempt may take.</param>
/// <param name="RetryDelays">Waits before the 2nd, 3rd … attempt, before jitter. As many retries as entries.</param>
public sealed record JobQueueOptions(string Name, TimeSpan Timeout, IReadOnlyList<TimeSpan> RetryDelays)
{
    private static readonly TimeSpan LongestDelay = TimeSpan.FromDays(30);

    /// <summary>How many attempts a job gets in all: the first one and its retries.</summary>
    public int MaxAttempts => RetryDelays.Count + 1;

    /// <summary>Reads <c>NAME_TIMEOUT</c> and <c>NAME_RETRY_DELAYS</c>; complaints go to <paramref name="settings"/>.</summary>
    public static JobQueueOptions Read(Settings settings, string name, TimeSpan timeout, string retryDelays)
    {
        var variable = name.ToUpperInvariant();
        var delays = settings.List(
            $"{variable}_RETRY_DELAYS", retryDelays, Settings.ParseDuration, "a duration such as 500ms, 10s, 1m or 6h");
        if (delays.Count == 0
            || delays.Any(d => d < TimeSpan.FromMilliseconds(1) || d > LongestDelay)
            || delays.Zip(delays.Skip(1)).Any(p => p.Second <= p.First))
        {
            settings.Reject(
                $"{variable}_RETRY_DELAYS",
                settings.Text($"{variable}_RETRY_DELAYS", ""),
                "a list of durations from 1ms to 30d, each longer than the one before");
        }

        return new JobQueueOptions(
            name,
            settings.Duration($"{variable}_TIMEOUT", timeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(25)),
            delays);
    }
}
