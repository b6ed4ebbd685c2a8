using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gateway.Worker.Ops;

/// <summary>Refuses a text with a NUL character in a request's body, as <see cref="NulCheck"/> does in its query.</summary>
internal sealed class TextWithoutNul : JsonConverter<string>
{
    /// <inheritdoc/>
    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.TokenType switch
    {
        JsonTokenType.String when reader.GetString() is { } text && !text.Contains('\0') => text,
        JsonTokenType.String => throw new JsonException(NulCheck.Complaint),
        // Without a message of its own the exception says which type was expected, and where.
        _ => throw new JsonException(),
    };

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(value);
}
