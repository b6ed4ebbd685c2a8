using System.Globalization;

namespace Gateway.Worker.Ops;

/// <summary>Reads the parts of a filter from text, and collects what is wrong with them.</summary>
internal sealed class FilterText
{
    private readonly List<string> _complaints = [];

    private delegate bool Parser<T>(string? text, out T value);

    /// <summary>All complaints as one sentence; null when there is none.</summary>
    public string? Complaint => _complaints.Count == 0 ? null : string.Join("; ", _complaints) + ".";

    public Guid? Uuid(string name, string? text) => Read<Guid>(text, Guid.TryParse, $"{name} '{text}' is not a UUID");

    public bool? Flag(string name, string? text) => Read<bool>(text, bool.TryParse, $"{name} '{text}' is not one of true, false");

    /// <summary>A value of an enumeration by its name, whichever way it is written.</summary>
    public T? Name<T>(string name, string? text)
        where T : struct, Enum => Read(
            text,
            (string? s, out T value) => Enum.TryParse(s, ignoreCase: true, out value) && s!.All(char.IsAsciiLetter),
            $"{name} '{text}' is not one of {string.Join(", ", Enum.GetNames<T>()).ToLowerInvariant()}");

    /// <summary>What a word stands for.</summary>
    public T? Word<T>(string name, string? text, params (string Word, T Value)[] words)
        where T : struct => Read(
            text,
            (string? s, out T value) =>
            {
                var found = Array.FindIndex(words, word => word.Word == s);
                value = found < 0 ? default : words[found].Value;
                return found >= 0;
            },
            $"{name} '{text}' is not one of {string.Join(", ", words.Select(word => word.Word))}");

    public T? Cursor<T>(string? text)
        where T : struct, IParsable<T> => Read(
            text,
            (string? s, out T cursor) => T.TryParse(s, CultureInfo.InvariantCulture, out cursor),
            "cursor is not one that this API gave");

    public DateTime? Time(string name, string? text) => Read(
        text,
        (string? s, out DateTimeOffset time) =>
            DateTimeOffset.TryParse(s, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out time),
        $"{name} '{text}' is not a time such as 2026-01-31T08:00:00Z")?.UtcDateTime;

    /// <summary>Two times of which the first is not after the second.</summary>
    public (DateTime? From, DateTime? To) Period(string? fromText, string? toText)
    {
        var (from, to) = (Time("from", fromText), Time("to", toText));
        if (from > to)
        {
            _complaints.Add($"from '{fromText}' is after to '{toText}'");
        }

        return (from, to);
    }

    public int Limit(string? text, int otherwise, int max) => Number("limit", text, otherwise, max);

    public int Number(string name, string? text, int otherwise, int max) => Read(
        text,
        (string? s, out int number) =>
            int.TryParse(s, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number >= 1 && number <= max,
        $"{name} '{text}' is not a number from 1 to {max}") ?? otherwise;

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
}
