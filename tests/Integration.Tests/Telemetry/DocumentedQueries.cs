using System.Text.RegularExpressions;
using Gateway.Testing;

namespace Gateway.Integration.Tests.Telemetry;

/// <summary>The queries as docs/telemetry.md has them, in the order in which it has them.</summary>
internal static partial class DocumentedQueries
{
    public static IReadOnlyList<string> Read() =>
        [.. Blocks().Matches(File.ReadAllText(Repository.PathOf("docs/telemetry.md"))).Select(block => block.Groups["query"].Value)];

    [GeneratedRegex("^```promql\n(?<query>.*?)\n```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Blocks();
}
