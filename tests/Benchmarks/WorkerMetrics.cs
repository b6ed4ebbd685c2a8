using System.Globalization;
using System.Text.RegularExpressions;

namespace Gateway.Benchmarks;

/// <summary>The worker's figures at a moment, or what they have grown by: its <c>/metrics</c>, Prometheus' text format 0.0.4.</summary>
internal sealed partial class WorkerMetrics
{
    /// <summary>Attempts to deliver a webhook.</summary>
    public const string Attempts = "gateway_webhook_attempts_total";

    /// <summary>Webhooks that went to the waiting room without an attempt.</summary>
    public const string PutAside = "gateway_webhook_put_aside_total";

    /// <summary>Webhooks that were sent out of the waiting room.</summary>
    public const string Released = "gateway_waiting_released_total";

    private const string Lateness = "gateway_waiting_lateness_seconds_bucket";

    private readonly IReadOnlyDictionary<(string Name, string Labels), double> _series;

    private WorkerMetrics(IReadOnlyDictionary<(string Name, string Labels), double> series) => _series = series;

    /// <summary>Asks the worker, which must have <c>METRICS_OPEN=true</c>.</summary>
    public static async Task<WorkerMetrics> ReadAsync(CancellationToken cancellationToken)
    {
        using var client = new HttpClient { BaseAddress = new Uri(BenchmarkEnvironment.Text("BENCH_WORKER_URL")) };
        var page = await client.GetStringAsync("metrics", cancellationToken);
        return new WorkerMetrics(Series().Matches(page).ToDictionary(
            match => (match.Groups["name"].Value, match.Groups["labels"].Value),
            match => double.Parse(match.Groups["value"].ValueSpan, CultureInfo.InvariantCulture)));
    }

    /// <summary>What came since an earlier moment of the same worker.</summary>
    public WorkerMetrics Since(WorkerMetrics before) => new(_series.ToDictionary(
        series => series.Key,
        series => series.Value - before._series.GetValueOrDefault(series.Key)));

    /// <summary>All series of a metric, added up.</summary>
    public double Sum(string name) => _series.Where(series => series.Key.Name == name).Sum(series => series.Value);

    /// <summary>
    /// How late webhooks were sent out of the waiting room, in milliseconds. Within its bucket a quantile is taken to be where it would be
    /// if the bucket were filled evenly, as Prometheus' <c>histogram_quantile</c> does; in the last, which has no end, at its beginning.
    /// </summary>
    /// <param name="quantile">Such as 0.99.</param>
    public double LatenessMilliseconds(double quantile)
    {
        var buckets = _series.Where(series => series.Key.Name == Lateness)
            .Select(series => (Bound: BoundOf(series.Key.Labels), Count: series.Value))
            .OrderBy(bucket => bucket.Bound)
            .ToArray();
        var rank = buckets.Length == 0 ? 0 : buckets[^1].Count * quantile;
        var (bound, count) = (0d, 0d);
        foreach (var bucket in buckets)
        {
            if (bucket.Count >= rank && bucket.Count > count)
            {
                var isLast = double.IsInfinity(bucket.Bound);
                return 1000 * (isLast ? bound : bound + ((bucket.Bound - bound) * (rank - count) / (bucket.Count - count)));
            }

            (bound, count) = bucket;
        }

        throw new InvalidOperationException("Nothing was sent out of the waiting room.");
    }

    private static double BoundOf(string labels) => Bound().Match(labels).Groups["bound"].Value is var bound && bound == "+Inf"
        ? double.PositiveInfinity
        : double.Parse(bound, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^(?<name>[a-z0-9_:]+)(?:\{(?<labels>[^}]*)\})? (?<value>\S+)", RegexOptions.Multiline)]
    private static partial Regex Series();

    [GeneratedRegex(@"(?:^|,)le=""(?<bound>[^""]+)""")]
    private static partial Regex Bound();
}
