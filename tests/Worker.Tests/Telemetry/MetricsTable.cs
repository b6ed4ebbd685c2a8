using System.Text.RegularExpressions;
using Gateway.Testing;

namespace Gateway.Worker.Tests.Telemetry;

/// <summary>The table of metrics in docs/telemetry.md, which operators and these tests go by.</summary>
internal static partial class MetricsTable
{
    /// <summary>Each metric with its type and its labels, as the table has them.</summary>
    public static IReadOnlyDictionary<string, (string Type, string Labels)> Read() =>
        File.ReadLines(Repository.PathOf("docs/telemetry.md"))
            .Select(line => Row().Match(line))
            .Where(row => row.Success)
            .ToDictionary(
                row => row.Groups["name"].Value,
                row => (row.Groups["type"].Value, string.Join(' ', row.Groups["labels"].Value.Replace("`", "", StringComparison.Ordinal)
                    .Split(' ', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal))));

    [GeneratedRegex(@"^\| `(?<name>gateway_\w+)` \| (?<type>\w+)[^|]* \|(?<labels>[^|]*)\|")]
    private static partial Regex Row();
}
