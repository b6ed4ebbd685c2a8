using System.Diagnostics.Metrics;

namespace Gateway.Worker.Webhooks.Waiting;

/// <summary>
/// <c>gateway.waiting.released</c> counts webhooks that were sent out of the waiting room, <c>gateway.waiting.lateness</c> is the time
/// between the moment at which one was due and that at which it was sent.
/// </summary>
public sealed class ReleaseMetrics
{
    // Fine where a release is in time, which is within a second; up to the hours that a database may be away.
    private static readonly double[] Seconds =
    [
        0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.75, 1, 1.5, 2, 3, 5, 7.5, 10, 15, 20, 30, 60,
        120, 300, 600, 1_800, 3_600, 14_400,
    ];

    private readonly Counter<long> _released;
    private readonly Histogram<double> _lateness;

    /// <summary>Creates the instruments.</summary>
    public ReleaseMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("Gateway.Worker");
        _released = meter.CreateCounter<long>("gateway.waiting.released", "{webhook}", "Webhooks that were sent out of the waiting room.");
        _released.Add(0);
        _lateness = meter.CreateHistogram(
            "gateway.waiting.lateness",
            "s",
            "The time between the moment at which a webhook was due and that at which it was sent.",
            tags: null,
            new InstrumentAdvice<double> { HistogramBucketBoundaries = Seconds });
    }

    /// <summary>A webhook was sent.</summary>
    /// <param name="lateness">The time since it was due; less than zero, by another machine's clock, counts as zero.</param>
    public void Sent(TimeSpan lateness)
    {
        _released.Add(1);
        _lateness.Record(Math.Max(0, lateness.TotalSeconds));
    }
}
