using System.Globalization;

namespace Gateway.Worker.Webhooks.Attempts;

/// <summary>What came of an attempt: enough to record and announce it after a crash, without making it again.</summary>
/// <param name="Attempt">The number of the attempt, from 1.</param>
/// <param name="RunId">The id of its row in the job log, so that recording it twice writes one row.</param>
/// <param name="StartedAt">When it started, UTC.</param>
/// <param name="Result">How it ended; without the text of the answer.</param>
public sealed record AttemptRecord(int Attempt, Guid RunId, DateTime StartedAt, AttemptResult Result)
{
    /// <summary>A hash of what the webhook said.</summary>
    public uint Content { get; init; }

    /// <summary>UTC; the time that the webhook tells the merchant, where only its arrival gave it one; else null.</summary>
    public DateTime? OccurredAt { get; init; }

    /// <summary>When it ended, UTC.</summary>
    public DateTime EndedAt => StartedAt + Result.Duration;

    /// <summary>Writes it as one line of text.</summary>
    public string Format() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Attempt}|{RunId:N}|{StartedAt.Ticks}|{(int)Result.Outcome}|"
        + $"{Result.StatusCode}|{Result.Duration.Ticks}|{Result.RetryAfter?.Ticks}|{Content:x}|{OccurredAt?.Ticks}");

    /// <summary>Reads what <see cref="Format"/> wrote; null when it is something else, such as a claim.</summary>
    public static AttemptRecord? Parse(string text)
    {
        var parts = text.Split('|');
        // An older worker wrote no time: what it delivered must not be posted again after an upgrade.
        return parts.Length is 8 or 9
            && int.TryParse(parts[0], CultureInfo.InvariantCulture, out var attempt)
            && Guid.TryParseExact(parts[1], "N", out var runId)
            && long.TryParse(parts[2], CultureInfo.InvariantCulture, out var startedTicks)
            && int.TryParse(parts[3], CultureInfo.InvariantCulture, out var outcome)
            && long.TryParse(parts[5], CultureInfo.InvariantCulture, out var durationTicks)
            && uint.TryParse(parts[7], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var content)
            ? new AttemptRecord(attempt, runId, new DateTime(startedTicks, DateTimeKind.Utc), new AttemptResult
            {
                Outcome = (AttemptOutcome)outcome,
                StatusCode = int.TryParse(parts[4], CultureInfo.InvariantCulture, out var status) ? status : null,
                Duration = TimeSpan.FromTicks(durationTicks),
                RetryAfter = long.TryParse(parts[6], CultureInfo.InvariantCulture, out var retryTicks)
                    ? TimeSpan.FromTicks(retryTicks)
                    : null,
            })
            { Content = content, OccurredAt = ParseTime(parts.ElementAtOrDefault(8)) }
            : null;
    }

    /// <summary>A time as its ticks; null for none.</summary>
    internal static DateTime? ParseTime(string? ticks) =>
        long.TryParse(ticks, NumberStyles.None, CultureInfo.InvariantCulture, out var time) && time <= DateTime.MaxValue.Ticks
            ? new DateTime(time, DateTimeKind.Utc)
            : null;
}
