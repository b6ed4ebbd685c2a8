using System.Globalization;
using Gateway.Persistence.Waiting;

namespace Gateway.Worker.Ops.Waiting;

/// <summary>Reads the parts of a filter, and collects what is wrong with them.</summary>
internal sealed class FilterText
{
    private readonly List<string> _complaints = [];

    /// <summary>All complaints as one sentence; null when there is none.</summary>
    public string? Complaint => _complaints.Count == 0 ? null : string.Join("; ", _complaints) + ".";

    public Guid? Uuid(string name, string? text) => Read<Guid>(text, Guid.TryParse, $"{name} '{text}' is not a UUID");

    public bool? Flag(string name, string? text) => Read<bool>(text, bool.TryParse, $"{name} '{text}' is not one of true, false");

    public WaitReason? Reason(string? text) =>
        Read<WaitReason>(text, WaitReasons.TryParse, $"reason '{text}' is not one of {string.Join(", ", WaitReasons.All)}");

    public WaitingCursor? Cursor(string? text) => Read(
        text,
        (string? s, out WaitingCursor cursor) => WaitingCursor.TryParse(s, CultureInfo.InvariantCulture, out cursor),
        "cursor is not one that this API gave");

    public DateTime? Time(string name, string? text) => Read(
        text,
        (string? s, out DateTimeOffset time) =>
            DateTimeOffset.TryParse(s, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out time),
        $"{name} '{text}' is not a time such as 2026-01-31T08:00:00Z")?.UtcDateTime;

    public bool? IsFirstAttempt(string? text) => Read(
        text,
        (string? s, out bool isFirst) =>
        {
            isFirst = s == "first";
            return s is "first" or "retry";
        },
        $"attempt '{text}' is not one of first, retry");

    public int Limit(string? text, int otherwise, int max) => Read(
        text,
        (string? s, out int number) =>
            int.TryParse(s, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number >= 1 && number <= max,
        $"limit '{text}' is not a number from 1 to {max}") ?? otherwise;

    private T? Read<T>(string? text, Parser<T> parse, string complaint)
        where T : struct
    {
        if (text is null)
        {
            return null;
        }

        if (parse(text, out var value))
        {
            return value;
        }

        _complaints.Add(complaint);
        return null;
    }

    private delegate bool Parser<T>(string? text, out T value);
}
