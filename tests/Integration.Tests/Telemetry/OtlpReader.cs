using System.Globalization;
using Google.Protobuf;

namespace Gateway.Integration.Tests.Telemetry;

/// <summary>Reads the bodies of OTLP requests, by the field numbers of OpenTelemetry's protocol.</summary>
internal static class OtlpReader
{
    /// <summary>The spans of an <c>ExportTraceServiceRequest</c>.</summary>
    public static IEnumerable<Span> Spans(byte[] body)
    {
        foreach (var resourceSpans in Messages(body, 1))
        {
            var process = Messages(resourceSpans, 1).SelectMany(resource => Attributes(resource, 1)).FirstOrDefault(a => a.Key == "service.instance.id").Value ?? "";
            foreach (var span in Messages(resourceSpans, 2).SelectMany(scopeSpans => Messages(scopeSpans, 2)))
            {
                yield return new Span(
                    process,
                    Hex(span, 1),
                    Hex(span, 2),
                    Hex(span, 4),
                    Text(span, 5),
                    Messages(span, 15).Any(status => Number(status, 3) == 2),
                    AttributesOf(span, 9));
            }
        }
    }

    /// <summary>The figures of an <c>ExportMetricsServiceRequest</c>: gauges and sums by their value, histograms by their count.</summary>
    public static IEnumerable<Figure> Figures(byte[] body)
    {
        const int Gauge = 5, Sum = 7, Histogram = 9;
        var metrics = Messages(body, 1).SelectMany(resource => Messages(resource, 2)).SelectMany(scope => Messages(scope, 2));
        foreach (var metric in metrics)
        {
            var name = Text(metric, 1);
            foreach (var point in Messages(metric, Gauge).Concat(Messages(metric, Sum)).SelectMany(data => Messages(data, 1)))
            {
                var whole = Fields(point).Where(f => f.Field == 6).Select(f => (double)f.Number);
                var value = Fields(point).Where(f => f.Field == 4).Select(f => BitConverter.Int64BitsToDouble(f.Number));
                yield return new Figure(name, whole.Concat(value).Single(), AttributesOf(point, 7));
            }

            foreach (var point in Messages(metric, Histogram).SelectMany(data => Messages(data, 1)))
            {
                yield return new Figure(name, Number(point, 4), AttributesOf(point, 9));
            }
        }
    }

    private static Dictionary<string, string> AttributesOf(byte[] message, int field) =>
        Attributes(message, field).ToDictionary(a => a.Key, a => a.Value, StringComparer.Ordinal);

    private static IEnumerable<KeyValuePair<string, string>> Attributes(byte[] message, int field)
    {
        foreach (var attribute in Messages(message, field))
        {
            var value = Messages(attribute, 2).Single();
            var text = Fields(value).Select(f => f.Field switch
            {
                1 => System.Text.Encoding.UTF8.GetString(f.Bytes),
                3 => f.Number.ToString(CultureInfo.InvariantCulture),
                _ => "",
            }).FirstOrDefault("");
            yield return new(Text(attribute, 1), text);
        }
    }

    private static IEnumerable<byte[]> Messages(byte[] message, int field) => Fields(message).Where(f => f.Field == field).Select(f => f.Bytes);

    private static string Text(byte[] message, int field) => System.Text.Encoding.UTF8.GetString(Messages(message, field).FirstOrDefault([]));

    private static string Hex(byte[] message, int field) => Convert.ToHexStringLower(Messages(message, field).FirstOrDefault([]));

    private static long Number(byte[] message, int field) => Fields(message).Where(f => f.Field == field).Select(f => f.Number).FirstOrDefault();

    private static List<(int Field, byte[] Bytes, long Number)> Fields(byte[] message)
    {
        var fields = new List<(int, byte[], long)>();
        var input = new CodedInputStream(message);
        while (input.ReadTag() is var tag and not 0)
        {
            var field = WireFormat.GetTagFieldNumber(tag);
            switch (WireFormat.GetTagWireType(tag))
            {
                case WireFormat.WireType.LengthDelimited:
                    fields.Add((field, input.ReadBytes().ToByteArray(), 0));
                    break;
                case WireFormat.WireType.Varint:
                    fields.Add((field, [], input.ReadInt64()));
                    break;
                case WireFormat.WireType.Fixed64:
                    fields.Add((field, [], input.ReadSFixed64()));
                    break;
                default:
                    input.SkipLastField();
                    break;
            }
        }

        return fields;
    }
}
