using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace Gateway.Worker.Bus.Envelopes;

/// <summary>
/// Reads a time as JSON always does, and a leap second too (RFC 3339, section 5.6: <c>23:59:60</c> in UTC), which .NET does not know: it is
/// the second after it then, as with POSIX.
/// </summary>
internal sealed partial class LeapSecondTime : JsonConverter<DateTimeOffset>
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TryGetDateTimeOffset(out var time) ? time
        : AfterLeapSecond(reader.GetString()!) is { } next ? next
        // Without a message of its own the exception says which type was expected, and where.
        : throw new JsonException();

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value);

    private static DateTimeOffset? AfterLeapSecond(string text) =>
        LeapSecond.Match(text) is { Success: true } match
        && DateTimeOffset.TryParse(
            $"{match.Groups["minute"]}:59{match.Groups["rest"]}", CultureInfo.InvariantCulture, DateTimeStyles.None, out var before)
        && before < DateTimeOffset.MaxValue - Second
        && (before + Second).UtcDateTime.TimeOfDay < Second
            ? before + Second
            : null;

    [GeneratedRegex(@"^(?<minute>\d{4}-\d\d-\d\dT\d\d:\d\d):60(?<rest>(\.\d{1,7})?(Z|[+-]\d\d:\d\d))$")]
    private static partial Regex LeapSecond { get; }
}
