using System.Collections;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using MassTransit;
using RabbitMQ.Client;

namespace Gateway.Worker.DeadLetters;

/// <summary>
/// Properties and headers of a message as JSON, so that they can be kept and given back. Text, whole numbers, true, false, null and lists
/// are themselves; all else is an object with one member that names its kind, such as <c>{"timestamp":1700000000}</c>.
/// </summary>
internal static class LetterProperties
{
    // Deeper tables than this are left out: nobody nests headers, but to see what happens.
    private const int DeepestHeader = 16;

    /// <summary>The properties of a message on whichever transport.</summary>
    public static IReadOnlyBasicProperties From(ReceiveContext context) => context.TryGetPayload(out RabbitMqBasicConsumeContext? message)
        ? message.Properties
        : new BasicProperties
        {
            MessageId = context.TransportHeaders.Get<string>(MessageHeaders.MessageId),
            ContentType = context.TransportHeaders.Get<string>(MessageHeaders.ContentType),
            Headers = context.TransportHeaders.GetAll()
                .Where(header => header.Key is not (MessageHeaders.MessageId or MessageHeaders.ContentType))
                .ToDictionary(header => header.Key, header => (object?)header.Value),
        };

    /// <summary>A header as text; null when there is none.</summary>
    public static string? TextOf(IReadOnlyBasicProperties properties, string header) =>
        properties.Headers?.TryGetValue(header, out var value) != true ? null
        : value is byte[] bytes ? Encoding.UTF8.GetString(bytes)
        : Convert.ToString(value, CultureInfo.InvariantCulture);

    /// <summary>The properties and headers as JSON, in UTF-8.</summary>
    public static byte[] Write(IReadOnlyBasicProperties properties)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            foreach (var (name, value) in Texts(properties))
            {
                if (value is not null)
                {
                    json.WriteString(name, Clean(value));
                }
            }

            if (properties.IsPriorityPresent())
            {
                json.WriteNumber("priority", properties.Priority);
            }

            if (properties.IsTimestampPresent())
            {
                json.WriteNumber("timestamp", properties.Timestamp.UnixTime);
            }

            json.WritePropertyName("headers");
            WriteTable(json, properties.Headers ?? new Dictionary<string, object?>(), depth: 0);
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    public static BasicProperties Read(ReadOnlyMemory<byte> stored)
    {
        using var document = JsonDocument.Parse(stored);
        var properties = new BasicProperties { Headers = ReadTable(document.RootElement.GetProperty("headers")) };
        foreach (var property in document.RootElement.EnumerateObject())
        {
            switch (property.Name)
            {
                case "message_id":
                    properties.MessageId = Short(property.Value);
                    break;
                case "content_type":
                    properties.ContentType = Short(property.Value);
                    break;
                case "content_encoding":
                    properties.ContentEncoding = Short(property.Value);
                    break;
                case "correlation_id":
                    properties.CorrelationId = Short(property.Value);
                    break;
                case "reply_to":
                    properties.ReplyTo = Short(property.Value);
                    break;
                case "type":
                    properties.Type = Short(property.Value);
                    break;
                case "app_id":
                    properties.AppId = Short(property.Value);
                    break;
                case "priority":
                    properties.Priority = property.Value.GetByte();
                    break;
                case "timestamp":
                    properties.Timestamp = new AmqpTimestamp(property.Value.GetInt64());
                    break;
            }
        }

        return properties;
    }

    // Not when it expires, nor as whom it was published, which the broker takes from that user alone.
    private static (string Name, string? Value)[] Texts(IReadOnlyBasicProperties properties) =>
    [
        ("message_id", properties.MessageId), ("content_type", properties.ContentType),
        ("content_encoding", properties.ContentEncoding), ("correlation_id", properties.CorrelationId),
        ("reply_to", properties.ReplyTo), ("type", properties.Type), ("app_id", properties.AppId),
    ];

    private static void WriteTable(Utf8JsonWriter json, IEnumerable<KeyValuePair<string, object?>> table, int depth)
    {
        json.WriteStartObject();
        foreach (var (name, value) in table)
        {
            json.WritePropertyName(Clean(name));
            WriteValue(json, value, depth);
        }

        json.WriteEndObject();
    }

    private static void WriteValue(Utf8JsonWriter json, object? value, int depth)
    {
        switch (value)
        {
            case null:
                json.WriteNullValue();
                break;
            case bool flag:
                json.WriteBooleanValue(flag);
                break;
            case byte or sbyte or short or ushort or int or uint or long:
                json.WriteNumberValue(Convert.ToInt64(value, CultureInfo.InvariantCulture));
                break;
            case byte[] text when Utf8.IsValid(text):
                json.WriteStringValue(text);
                break;
            case byte[] bytes:
                WriteKind(json, "bytes", Convert.ToBase64String(bytes));
                break;
            case BinaryTableValue binary:
                WriteKind(json, "binary", Convert.ToBase64String(binary.Bytes));
                break;
            case double or float:
                var real = Convert.ToDouble(value, CultureInfo.InvariantCulture);
                WriteKind(json, "double", real.ToString("R", CultureInfo.InvariantCulture));
                break;
            case decimal number:
                WriteKind(json, "decimal", number.ToString(CultureInfo.InvariantCulture));
                break;
            case AmqpTimestamp timestamp:
                WriteKind(json, "timestamp", timestamp.UnixTime.ToString(CultureInfo.InvariantCulture));
                break;
            case IDictionary<string, object?> or IList when depth >= DeepestHeader:
                json.WriteNullValue();
                break;
            case IDictionary<string, object?> table:
                json.WriteStartObject();
                json.WritePropertyName("table");
                WriteTable(json, table, depth + 1);
                json.WriteEndObject();
                break;
            case IList list:
                json.WriteStartArray();
                foreach (var item in list)
                {
                    WriteValue(json, item, depth + 1);
                }

                json.WriteEndArray();
                break;
            default:
                json.WriteStringValue(Clean(Convert.ToString(value, CultureInfo.InvariantCulture) ?? ""));
                break;
        }
    }

    private static void WriteKind(Utf8JsonWriter json, string kind, string value)
    {
        json.WriteStartObject();
        json.WriteString(kind, value);
        json.WriteEndObject();
    }

    private static Dictionary<string, object?> ReadTable(JsonElement table)
    {
        var headers = new Dictionary<string, object?>();
        foreach (var header in table.EnumerateObject())
        {
            headers[Short(header.Name)] = ReadValue(header.Value);
        }

        return headers;
    }

    private static object? ReadValue(JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String:
                return value.GetString();
            case JsonValueKind.Number:
                var number = value.GetInt64();
                return number is >= int.MinValue and <= int.MaxValue ? (int)number : number;
            case JsonValueKind.True or JsonValueKind.False:
                return value.GetBoolean();
            case JsonValueKind.Array:
                return value.EnumerateArray().Select(ReadValue).ToList();
            case JsonValueKind.Object:
                var kind = value.EnumerateObject().Single();
                return kind.Name switch
                {
                    "table" => ReadTable(kind.Value),
                    "bytes" => kind.Value.GetBytesFromBase64(),
                    "binary" => new BinaryTableValue(kind.Value.GetBytesFromBase64()),
                    "double" => double.Parse(kind.Value.GetString()!, CultureInfo.InvariantCulture),
                    "decimal" => decimal.Parse(kind.Value.GetString()!, CultureInfo.InvariantCulture),
                    "timestamp" => new AmqpTimestamp(long.Parse(kind.Value.GetString()!, CultureInfo.InvariantCulture)),
                    _ => null,
                };
            default:
                return null;
        }
    }

    private static string Short(JsonElement value) => Short(value.GetString()!);

    // AMQP has 255 bytes for it. Replacing what was no text can have made it longer.
    private static string Short(string text)
    {
        while (Encoding.UTF8.GetByteCount(text) > byte.MaxValue)
        {
            text = text[..^1];
        }

        return text;
    }

    // Replaces what is no text; a writer would refuse it.
    private static byte[] Clean(string text) => Encoding.UTF8.GetBytes(text);
}
