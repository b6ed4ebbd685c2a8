using Gateway.Worker.Configuration;

namespace Gateway.Worker.Jobs;

/// <summary>How the jobs of a queue are run.</summary>
/// <param name="Job">The job.</param>
/// <param name="Timeout">How long one attempt may take (<c>…_TIMEOUT</c>).</param>
/// <param name="RetryDelays">
/// Waits before the 2nd, 3rd … attempt, before jitter (<c>…_RETRY_DELAYS</c>). As many retries as entries.
/// </param>
public sealed record JobQueueOptions(JobDefinition Job, TimeSpan Timeout, IReadOnlyList<TimeSpan> RetryDelays)
{
    /// <summary>The queue.</summary>
    public string Name => Job.Queue;

    /// <summary>How many attempts a job gets in all: the first one and its retries.</summary>
    public int MaxAttempts => RetryDelays.Count + 1;

    /// <summary>Reads <c>QUEUE_TIMEOUT</c> and <c>QUEUE_RETRY_DELAYS</c>; complaints go to <paramref name="settings"/>.</summary>
    public static JobQueueOptions Read(Settings settings, JobDefinition job)
    {
        var variable = job.Queue.ToUpperInvariant();
        return new JobQueueOptions(
            job,
            settings.Duration($"{variable}_TIMEOUT", job.Timeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(25)),
            settings.RetryDelays($"{variable}_RETRY_DELAYS", job.RetryDelays));
    }
}
