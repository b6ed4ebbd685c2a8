namespace Gateway.Persistence.Figures;

/// <summary>The buckets in which the durations of attempts are counted, in the database as in the metrics.</summary>
public static class DurationBuckets
{
    /// <summary>The durations of a row that is <c>known</c> with those of the row that is added to it, bucket by bucket.</summary>
    internal const string SumOnPostgres =
        "array(select a + b from unnest(known.durations, excluded.durations) with ordinality as both_of (a, b, bucket) order by bucket)";

    /// <summary>The same on SQLite, where they are JSON.</summary>
    internal const string SumOnSqlite =
        "(select json_group_array(total) from (select a.value + b.value as total "
        + "from json_each(known.durations) a join json_each(excluded.durations) b on a.key = b.key order by a.key))";

    private static readonly double[] Seconds =
    [
        0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300, 600, 1_500,
    ];

    private static readonly int[] Milliseconds = [.. Seconds.Select(bound => (int)Math.Round(bound * 1_000))];

    /// <summary>
    /// The upper bounds in seconds, which belong to their buckets, up to the longest time that an attempt may be given. One more bucket
    /// holds what took longer.
    /// </summary>
    public static IReadOnlyList<double> Bounds => Seconds;

    /// <summary>How many buckets there are.</summary>
    public static int Count => Seconds.Length + 1;

    /// <summary>The bucket of a duration.</summary>
    /// <param name="milliseconds">The duration.</param>
    public static int IndexOf(int milliseconds)
    {
        var index = Array.BinarySearch(Milliseconds, milliseconds);
        return index < 0 ? ~index : index;
    }

    /// <summary>
    /// The duration in seconds below which that share of the counted attempts stayed, as Prometheus' <c>histogram_quantile</c> guesses it:
    /// evenly spread within a bucket, and the highest bound for what took longer. Null where nothing was counted.
    /// </summary>
    /// <param name="counts">The attempts of each bucket.</param>
    /// <param name="share">From 0 to 1.</param>
    public static double? Quantile(IReadOnlyList<long> counts, double share)
    {
        var rank = share * counts.Sum();
        if (rank <= 0)
        {
            return null;
        }

        var below = 0L;
        for (var bucket = 0; bucket < Seconds.Length; bucket++)
        {
            if (below + counts[bucket] >= rank)
            {
                var lower = bucket == 0 ? 0 : Seconds[bucket - 1];
                return lower + ((Seconds[bucket] - lower) * (rank - below) / counts[bucket]);
            }

            below += counts[bucket];
        }

        return Seconds[^1];
    }
}
