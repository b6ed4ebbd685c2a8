using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gateway.Worker.Settlement;

/// <summary>
/// Writes an amount as text with at least two decimals, such as <c>"650000.00"</c>, as the contracts do: JavaScript and jq read a JSON
/// number as floating point, which rounds above 2^53. Reads numbers too, as which reports were kept before.
/// </summary>
internal sealed class AmountAsText : JsonConverter<decimal>
{
    /// <inheritdoc/>
    public override decimal Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.Number)
        {
            return reader.GetDecimal();
        }

        const NumberStyles Style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint;
        var text = reader.GetString();
        return decimal.TryParse(text, Style, CultureInfo.InvariantCulture, out var amount)
            ? amount
            : throw new JsonException($"'{text}' is not an amount such as 650000.00.");
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, decimal value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString("0.00################", CultureInfo.InvariantCulture));
}
