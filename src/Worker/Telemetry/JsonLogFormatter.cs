using System.Buffers;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Gateway.Worker.Telemetry;

/// <summary>
/// One JSON object a line: <c>timestamp</c> (UTC, RFC 3339), <c>level</c>, <c>message</c>, <c>logger</c>, the trace it belongs to, and what
/// the message and the job around it name, each as a field in snake_case.
/// </summary>
internal sealed class JsonLogFormatter(TimeProvider time) : ConsoleFormatter(FormatterName)
{
    /// <summary>The name under which the console finds it.</summary>
    public const string FormatterName = "gateway-json";

    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly string[] OwnFields =
        ["timestamp", "level", "message", "logger", "event_id", "trace_id", "span_id", "exception"];

    // Names come from the texts of messages, of which there is a limited number.
    private static readonly ConcurrentDictionary<string, string> FieldNames = new(StringComparer.Ordinal);

    public override void Write<TState>(in LogEntry<TState> entry, IExternalScopeProvider? scopes, TextWriter output)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer, Relaxed))
        {
            json.WriteStartObject();
            json.WriteString(
                "timestamp",
                time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
            json.WriteString("level", NameOf(entry.LogLevel));
            json.WriteString("message", entry.Formatter(entry.State, entry.Exception));
            json.WriteString("logger", entry.Category);
            if (entry.EventId.Id != 0)
            {
                json.WriteNumber("event_id", entry.EventId.Id);
            }

            if (Activity.Current is { IdFormat: ActivityIdFormat.W3C } activity)
            {
                json.WriteString("trace_id", activity.TraceId.ToHexString());
                json.WriteString("span_id", activity.SpanId.ToHexString());
            }

            WriteFields(json, entry.State, scopes);
            if (entry.Exception is { } exception)
            {
                json.WriteString("exception", ExceptionText.Of(exception));
            }

            json.WriteEndObject();
        }

        output.WriteLine(Encoding.UTF8.GetString(buffer.WrittenSpan));
    }

    private static void WriteFields<TState>(Utf8JsonWriter json, TState state, IExternalScopeProvider? scopes)
    {
        // What the message says itself goes before what the job around it says; no field comes twice.
        var written = new HashSet<string>(OwnFields, StringComparer.Ordinal);
        WriteFieldsOf(json, state, written);
        List<object> around = [];
        scopes?.ForEachScope(static (scope, around) =>
        {
            if (scope is not null)
            {
                around.Add(scope);
            }
        }, around);
        for (var i = around.Count - 1; i >= 0; i--)
        {
            WriteFieldsOf(json, around[i], written);
        }
    }

    private static void WriteFieldsOf(Utf8JsonWriter json, object? named, HashSet<string> written)
    {
        if (named is not IEnumerable<KeyValuePair<string, object?>> fields)
        {
            return;
        }

        foreach (var (name, value) in fields)
        {
            var field = FieldNames.GetOrAdd(name, static name => JsonNamingPolicy.SnakeCaseLower.ConvertName(name).Replace('.', '_'));
            if (name != "{OriginalFormat}" && value is not null && written.Add(field))
            {
                json.WritePropertyName(field);
                WriteValue(json, value);
            }
        }
    }

    private static void WriteValue(Utf8JsonWriter json, object value)
    {
        switch (value)
        {
            case bool flag:
                json.WriteBooleanValue(flag);
                break;
            case int or long or short or byte or uint:
                json.WriteNumberValue(Convert.ToInt64(value, CultureInfo.InvariantCulture));
                break;
            case decimal amount:
                json.WriteNumberValue(amount);
                break;
            case double number when double.IsFinite(number):
                json.WriteNumberValue(number);
                break;
            case DateTimeOffset instant:
                json.WriteStringValue(instant);
                break;
            default:
                json.WriteStringValue(Convert.ToString(value, CultureInfo.InvariantCulture));
                break;
        }
    }

    private static string NameOf(LogLevel level) => level switch
    {
        LogLevel.Trace => "trace",
        LogLevel.Debug => "debug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        LogLevel.Error => "error",
        _ => "fatal",
    };
}
