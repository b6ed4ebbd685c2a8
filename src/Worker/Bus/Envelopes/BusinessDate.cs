using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Gateway.Worker.Calendar;

namespace Gateway.Worker.Bus.Envelopes;

/// <summary>
/// Reads a date, and also a time such as <c>2026-11-27T00:00:00Z</c>, which the previous worker's publishers write for one: the date that
/// it is then where the business is.
/// </summary>
internal sealed class BusinessDate(BusinessTime businessTime) : JsonConverter<DateOnly>
{
    private const string Form = "yyyy-MM-dd";

    /// <inheritdoc/>
    public override DateOnly Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (DateOnly.TryParseExact(reader.GetString(), Form, CultureInfo.InvariantCulture, DateTimeStyles.None, out var date))
        {
            return date;
        }

        // One with an offset may be before the first instant there is, or after the last.
        if (!reader.TryGetDateTime(out var time) || !reader.TryGetDateTimeOffset(out var instant))
        {
            // Without a message of its own the exception says which type was expected, and where.
            throw new JsonException();
        }

        // A time without an offset is one where the business is.
        return time.Kind == DateTimeKind.Unspecified ? DateOnly.FromDateTime(time) : businessTime.DateOf(instant);
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, DateOnly value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString(Form, CultureInfo.InvariantCulture));
}
