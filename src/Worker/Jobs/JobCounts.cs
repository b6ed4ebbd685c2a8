using System.Diagnostics;
using Gateway.Persistence.JobLog;

namespace Gateway.Worker.Jobs;

/// <summary>Counts the jobs of one type on one queue. The labels are made once, so that a count allocates nothing.</summary>
public sealed class JobCounts
{
    private readonly JobMetrics _metrics;
    private readonly TagList _job;
    private readonly TagList _succeeded;
    private readonly TagList _retrying;
    private readonly TagList _dead;
    private readonly TagList _skipped;

    internal JobCounts(JobMetrics metrics, string jobType, string queue)
    {
        _metrics = metrics;
        _job = new TagList { { "job_type", jobType }, { "queue", queue } };
        (_succeeded, _retrying, _dead, _skipped) = (Ending("succeeded"), Ending("retrying"), Ending("dead"), Ending("skipped"));

        // Prometheus sees an increase only where there was a value before: a first dead letter would go unnoticed.
        metrics.Attempts.Add(0, _succeeded);
        metrics.Attempts.Add(0, _retrying);
        metrics.Attempts.Add(0, _dead);
        metrics.Attempts.Add(0, _skipped);
        metrics.Retries.Add(0, _job);
        metrics.DeadLetters.Add(0, _job);

        TagList Ending(string outcome) => new() { { "job_type", jobType }, { "queue", queue }, { "outcome", outcome } };
    }

    /// <summary>An attempt was made.</summary>
    /// <param name="state">Where it left the job.</param>
    /// <param name="attempt">Its number, from 1.</param>
    /// <param name="duration">How long it took.</param>
    /// <param name="sinceEnqueued">How long ago the job was put into its queue.</param>
    public void Attempted(JobState state, int attempt, TimeSpan duration, TimeSpan sinceEnqueued)
    {
        ref readonly var outcome = ref OutcomeOf(state);
        _metrics.Attempts.Add(1, outcome);
        // A clock may be set back, and those of two machines may differ.
        _metrics.Duration.Record(Math.Max(0, duration.TotalSeconds), outcome);
        if (attempt > 1)
        {
            _metrics.Retries.Add(1, _job);
        }

        if (state == JobState.Retrying)
        {
            return;
        }

        _metrics.Latency.Record(Math.Max(0, sinceEnqueued.TotalSeconds), outcome);
        if (state == JobState.Dead)
        {
            _metrics.DeadLetters.Add(1, _job);
        }
    }

    /// <summary>A job was given up before any attempt: its message can never be one.</summary>
    public void Rejected()
    {
        _metrics.Attempts.Add(1, _dead);
        _metrics.DeadLetters.Add(1, _job);
    }

    /// <summary>There was nothing to do.</summary>
    public void Skipped() => _metrics.Attempts.Add(1, _skipped);

    private ref readonly TagList OutcomeOf(JobState state)
    {
        switch (state)
        {
            case JobState.Succeeded:
                return ref _succeeded;
            case JobState.Retrying:
                return ref _retrying;
            case JobState.Dead:
                return ref _dead;
            default:
                throw new ArgumentOutOfRangeException(nameof(state), state, "no attempt ends so");
        }
    }
}
