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

    // A line with a long exception is rare, and its memory is not kept.
    private const int MostKept = 16 * 1024;

    [ThreadStatic]
    private static Line? _ofThread;

    // Names come from the texts of messages, of which there is a limited number.
    private static readonly ConcurrentDictionary<string, string> FieldNames = new(StringComparer.Ordinal);

    public override void Write<TState>(in LogEntry<TState> entry, IExternalScopeProvider? scopes, TextWriter output)
    {
        // What is written meanwhile by something that this line shows gets one of its own.
        var line = _ofThread ?? new Line();
        _ofThread = null;
        var json = line.Json;
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

        WriteFields(line, entry.State, scopes);
        if (entry.Exception is { } exception)
        {
            json.WriteString("exception", ExceptionText.Of(exception));
        }

        json.WriteEndObject();
        json.Flush();
        output.WriteLine(Encoding.UTF8.GetString(line.Buffer.WrittenSpan));
        if (line.Buffer.Capacity <= MostKept)
        {
            line.Clear();
            _ofThread = line;
        }
    }

    private static void WriteFields<TState>(Line line, TState state, IExternalScopeProvider? scopes)
    {
        // What the message says itself goes before what the job around it says; no field comes twice.
        WriteFieldsOf(line.Json, state, line.Written);
        scopes?.ForEachScope(static (scope, around) =>
        {
            if (scope is not null)
            {
                around.Add(scope);
            }
        }, line.Around);
        for (var i = line.Around.Count - 1; i >= 0; i--)
        {
            WriteFieldsOf(line.Json, line.Around[i], line.Written);
        }
    }

    private static void WriteFieldsOf(Utf8JsonWriter json, object? named, List<string> written)
    {
        if (named is not IEnumerable<KeyValuePair<string, object?>> fields)
        {
            return;
        }

        foreach (var (name, value) in fields)
        {
            var field = FieldNames.GetOrAdd(name, static name => JsonNamingPolicy.SnakeCaseLower.ConvertName(name).Replace('.', '_'));
            // A dozen at most, fewer than a set is quicker for.
            if (name != "{OriginalFormat}" && value is not null && !OwnFields.Contains(field) && !written.Contains(field))
            {
                written.Add(field);
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
            case string text:
                json.WriteStringValue(text);
                break;
            case Guid id:
                json.WriteStringValue(id);
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

    // What it takes to write a line, used again by the thread's next one.
    private sealed class Line
    {
        public Line() => Json = new Utf8JsonWriter(Buffer, Relaxed);

        public ArrayBufferWriter<byte> Buffer { get; } = new(1024);

        public Utf8JsonWriter Json { get; }

        public List<string> Written { get; } = [];

        public List<object> Around { get; } = [];

        public void Clear()
        {
            Buffer.ResetWrittenCount();
            Json.Reset(Buffer);
            Written.Clear();
            Around.Clear();
        }
    }
}
