using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Gateway.Persistence.JobLog;

namespace Gateway.Worker.Webhooks;

/// <summary>
/// Finds what a payload is about: the first of some fields that stands at its top with a text or a number, such as a payment's id.
/// </summary>
public sealed class PayloadReference
{
    /// <summary>The most fields.</summary>
    public const int MostFields = 10;

    /// <summary>The most characters of a field's name.</summary>
    public const int LongestField = 64;

    // Six bytes for a character that is written as \u0000.
    private const int MostBytes = 6 * JobRun.ReferenceLength;

    // The payload was read already; how deep it may be is decided elsewhere.
    private static readonly JsonReaderOptions AnyDepth = new() { MaxDepth = int.MaxValue };

    private readonly byte[][] _fields;

    /// <param name="fields">The fields' names, the most wanted first; empty finds nothing.</param>
    public PayloadReference(IReadOnlyList<string> fields) => _fields = [.. fields.Select(Encoding.UTF8.GetBytes)];

    /// <summary>The text, or the number as it is written, at most 200 characters; null where there is none, or a longer one.</summary>
    /// <param name="payload">The payload; whatever is not an object has no fields.</param>
    public string? Find(JsonElement payload)
    {
        if (_fields.Length == 0 || payload.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        try
        {
            return Find(JsonMarshal.GetRawUtf8Value(payload));
        }
        catch (Exception exception) when (exception is InvalidOperationException or JsonException)
        {
            // Half of a surrogate pair in a name or a text, which is no Unicode: it is delivered, and not found.
            return null;
        }
    }

    private string? Find(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, AnyDepth);
        var (found, wanted) = ((string?)null, _fields.Length);
        reader.Read();
        while (wanted > 0 && reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var field = IndexOf(ref reader, wanted);
            reader.Read();
            if (field >= 0 && TextOf(ref reader) is { } text)
            {
                (found, wanted) = (text, field);
            }

            reader.Skip();
        }

        return found;
    }

    private int IndexOf(ref Utf8JsonReader reader, int below)
    {
        for (var field = 0; field < below; field++)
        {
            if (reader.ValueTextEquals(_fields[field]))
            {
                return field;
            }
        }

        return -1;
    }

    private static string? TextOf(ref Utf8JsonReader reader)
    {
        var text = reader.TokenType switch
        {
            _ when reader.ValueSpan.Length > MostBytes => null,
            JsonTokenType.String => reader.GetString(),
            JsonTokenType.Number => Encoding.ASCII.GetString(reader.ValueSpan),
            _ => null,
        };
        return text is { Length: > 0 and <= JobRun.ReferenceLength } ? text : null;
    }
}
