namespace Gateway.Persistence.Figures;

/// <summary>The attempts of one queue, type, merchant, event, minute or hour.</summary>
/// <param name="Key">Which; a minute or an hour as <c>2026-01-31T08:00:00Z</c>.</param>
public sealed record FigureTotals(string Key)
{
    private readonly long[] _durations = new long[DurationBuckets.Count];

    /// <summary>Attempts that succeeded.</summary>
    public long Succeeded { get; internal set; }

    /// <summary>Attempts that failed, with retries left.</summary>
    public long Retrying { get; internal set; }

    /// <summary>Attempts that failed for the last time.</summary>
    public long Dead { get; internal set; }

    /// <summary>Jobs that were not attempted.</summary>
    public long Skipped { get; internal set; }

    /// <summary>Attempts after their job's first.</summary>
    public long Retries { get; internal set; }

    /// <summary>Attempts that were made.</summary>
    public long Attempts => Succeeded + Retrying + Dead;

    /// <summary>How many took how long, by <see cref="DurationBuckets"/>.</summary>
    public IReadOnlyList<long> Durations => _durations;

    internal void AddDurations(IEnumerable<long> durations)
    {
        foreach (var (bucket, count) in durations.Index())
        {
            _durations[bucket] += count;
        }
    }
}
