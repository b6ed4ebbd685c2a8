using System.Diagnostics.Metrics;
using Gateway.Persistence.Figures;

namespace Gateway.Worker.Jobs;

/// <summary>
/// The instruments of jobs: <c>gateway.job.attempts</c>, <c>gateway.job.retries</c>, <c>gateway.job.dead_letters</c>,
/// <c>gateway.job.duration</c> and <c>gateway.job.latency</c>. docs/telemetry.md says what each counts.
/// </summary>
public sealed class JobMetrics
{
    // A webhook that needs every retry of the default delays takes 4 h 20 min, with jitter up to 5 h 10 min.
    private static readonly double[] LatencyBounds =
    [
        0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1_200, 1_800, 3_600, 7_200, 14_400, 21_600,
    ];

    /// <summary>Creates the instruments.</summary>
    public JobMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("Gateway.Worker");
        Attempts = meter.CreateCounter<long>(
            "gateway.job.attempts", "{attempt}", "Attempts by outcome: succeeded, retrying, dead, or skipped for a reason.");
        Retries = meter.CreateCounter<long>("gateway.job.retries", "{attempt}", "Attempts after a job's first.");
        DeadLetters = meter.CreateCounter<long>("gateway.job.dead_letters", "{job}", "Jobs that were given up.");
        Duration = meter.CreateHistogram<double>(
            "gateway.job.duration", "s", "How long an attempt took.", advice: new() { HistogramBucketBoundaries = DurationBuckets.Bounds });
        Latency = meter.CreateHistogram<double>(
            "gateway.job.latency",
            "s",
            "From the queue to the end, all waits and retries included, of jobs that ended.",
            advice: new() { HistogramBucketBoundaries = LatencyBounds });
    }

    internal Counter<long> Attempts { get; }

    internal Counter<long> Retries { get; }

    internal Counter<long> DeadLetters { get; }

    internal Histogram<double> Duration { get; }

    internal Histogram<double> Latency { get; }

    /// <summary>The counts of one type of job on one queue.</summary>
    public JobCounts CountsOf(string jobType, string queue) => new(this, jobType, queue);
}
