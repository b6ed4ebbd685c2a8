using Gateway.Persistence.Figures;

namespace Gateway.Worker.Ops.Figures;

/// <summary>The figures of one queue, type, merchant, event, minute or hour.</summary>
public sealed record FigureResponse
{
    /// <summary>Which; of a minute or an hour its beginning, UTC.</summary>
    public required string Key { get; init; }

    /// <summary>Attempts that were made.</summary>
    public required long Attempts { get; init; }

    /// <summary>Those that succeeded.</summary>
    public required long Succeeded { get; init; }

    /// <summary>Those that failed, with retries left.</summary>
    public required long Retrying { get; init; }

    /// <summary>Those that failed for the last time.</summary>
    public required long Dead { get; init; }

    /// <summary>Jobs that were not attempted, or had been done already.</summary>
    public required long Skipped { get; init; }

    /// <summary>Attempts after their job's first.</summary>
    public required long Retries { get; init; }

    /// <summary>The share of the attempts that succeeded, from 0 to 1; null where there was none.</summary>
    public double? SuccessRate { get; init; }

    /// <summary>Attempts a second.</summary>
    public required double PerSecond { get; init; }

    /// <summary>Half of the attempts took no longer, in seconds.</summary>
    public double? P50Seconds { get; init; }

    /// <summary>95 of 100 took no longer.</summary>
    public double? P95Seconds { get; init; }

    /// <summary>99 of 100 took no longer.</summary>
    public double? P99Seconds { get; init; }

    /// <summary>Shows what was counted.</summary>
    /// <param name="totals">The counts.</param>
    /// <param name="span">The time in which they were counted.</param>
    public static FigureResponse From(FigureTotals totals, TimeSpan span) => new()
    {
        Key = totals.Key,
        Attempts = totals.Attempts,
        Succeeded = totals.Succeeded,
        Retrying = totals.Retrying,
        Dead = totals.Dead,
        Skipped = totals.Skipped,
        Retries = totals.Retries,
        SuccessRate = totals.Attempts == 0 ? null : Rounded((double)totals.Succeeded / totals.Attempts),
        PerSecond = Rounded(totals.Attempts / span.TotalSeconds),
        P50Seconds = Quantile(totals, 0.5),
        P95Seconds = Quantile(totals, 0.95),
        P99Seconds = Quantile(totals, 0.99),
    };

    // A guess within a bucket has no more digits.
    private static double? Quantile(FigureTotals totals, double share) =>
        DurationBuckets.Quantile(totals.Durations, share) is { } seconds ? Rounded(seconds) : null;

    private static double Rounded(double number) => Math.Round(number, 4);
}
