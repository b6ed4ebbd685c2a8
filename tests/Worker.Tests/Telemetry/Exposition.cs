using System.Globalization;
using System.Text.RegularExpressions;

namespace Gateway.Worker.Tests.Telemetry;

/// <summary>What a scrape says of the gateway's own metrics (https://prometheus.io/docs/instrumenting/exposition_formats).</summary>
internal sealed partial class Exposition
{
    private Exposition(IReadOnlyDictionary<string, (string Type, string Labels)> metrics, IReadOnlyDictionary<string, double> values) =>
        (Metrics, Values) = (metrics, values);

    /// <summary>Each metric with its type and the names of its labels.</summary>
    public IReadOnlyDictionary<string, (string Type, string Labels)> Metrics { get; }

    /// <summary>The value of each series: <c>name label="value",…</c>.</summary>
    public IReadOnlyDictionary<string, double> Values { get; }

    public static Exposition Parse(string text)
    {
        var types = Types().Matches(text).ToDictionary(m => m.Groups["name"].Value, m => m.Groups["type"].Value);
        var metrics = new Dictionary<string, (string Type, string Labels)>();
        var values = new Dictionary<string, double>();
        foreach (Match sample in Samples().Matches(text))
        {
            var name = sample.Groups["name"].Value;
            var labels = Labels().Matches(sample.Groups["labels"].Value)
                .Where(label => !label.Groups["key"].Value.StartsWith("otel_scope_", StringComparison.Ordinal) && label.Groups["key"].Value != "le")
                .OrderBy(label => label.Groups["key"].Value, StringComparer.Ordinal)
                .ToArray();
            values[$"{name} {string.Join(',', labels.Select(label => label.Value))}".TrimEnd()] = double.Parse(sample.Groups["value"].Value, CultureInfo.InvariantCulture);
            var metric = types.ContainsKey(name) ? name : name[..name.LastIndexOf('_')];
            metrics[metric] = (types[metric], string.Join(' ', labels.Select(label => label.Groups["key"].Value)));
        }

        return new Exposition(metrics, values);
    }

    [GeneratedRegex(@"^# TYPE (?<name>gateway_\w+) (?<type>\w+)", RegexOptions.Multiline)]
    private static partial Regex Types();

    [GeneratedRegex(@"^(?<name>gateway_\w+)(\{(?<labels>[^}]*)\})? (?<value>\S+)", RegexOptions.Multiline)]
    private static partial Regex Samples();

    [GeneratedRegex("(?<key>\\w+)=\"(?<text>[^\"]*)\"")]
    private static partial Regex Labels();
}
