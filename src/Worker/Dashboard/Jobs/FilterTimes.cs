using System.Globalization;

namespace Gateway.Worker.Dashboard.Jobs;

/// <summary>The times of a filter that was understood.</summary>
internal readonly struct FilterTimes(string? from, string? to)
{
    public DateTimeOffset? From { get; } = Parse(from);

    public DateTimeOffset? To { get; } = Parse(to);

    private static DateTimeOffset? Parse(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;
}
