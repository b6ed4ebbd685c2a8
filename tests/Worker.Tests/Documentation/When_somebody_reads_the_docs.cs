using System.Text.Json;
using System.Text.RegularExpressions;
using Gateway.Testing;
using Gateway.Testing.Workers;
using Gateway.Worker.Configuration;
using Gateway.Worker.Hosting;
using Gateway.Worker.Tests.Deploy;
using Xunit;

namespace Gateway.Worker.Tests.Documentation;

[Collection("Scraped")]
public sealed partial class When_somebody_reads_the_docs
{
    private static readonly string[] Pages = ["README.md", "docs/integrate.md"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string> Snippets =>
        [.. Directory.EnumerateFiles(Repository.PathOf("docs/snippets")).Select(Path.GetFileName).OfType<string>()
            .Where(name => Path.GetExtension(name) is ".cs" or ".mjs" or ".py").Order(StringComparer.Ordinal)];

    public static TheoryData<string> Texts =>
        ["README.md", "CHANGELOG.md", .. Directory.EnumerateFiles(Repository.PathOf("docs"), "*.md", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Repository.PathOf("."), file)).Order(StringComparer.Ordinal)];

    // What is shown is what was compiled and run.
    [Theory]
    [MemberData(nameof(Snippets))]
    public void Should_see_each_snippet_as_it_is(string name)
    {
        var snippet = File.ReadAllText(Repository.PathOf($"docs/snippets/{name}"));
        var fence = Path.GetExtension(name) switch { ".cs" => "csharp", ".mjs" => "js", _ => "python" };

        var shown = $"```{fence}\n{snippet}```\n";
        Assert.Contains(Pages, page => File.ReadAllText(Repository.PathOf(page)).Contains(shown, StringComparison.Ordinal));
    }

    [Fact]
    public void Should_find_every_variable_that_the_worker_reads_and_no_other()
    {
        var reader = new VariableReader(new Dictionary<string, string>());
        GatewayOptions.Read(reader);
        string[] files = [.. SecretFiles.Variables.Select(name => name + SecretFiles.Suffix)];
        var read = reader.Asked.Select(name => files.Contains(name) ? name[..^SecretFiles.Suffix.Length] : name).Distinct();
        var wallets = File.ReadAllText(Repository.PathOf("docs/wallet-balances.md"));

        var page = File.ReadAllText(Repository.PathOf("docs/configuration.md"));
        var documented = VariableRow.Matches(page).Select(row => row.Groups[1].Value).ToArray();

        Assert.Equal(documented.Distinct(), documented);
        // The key is for commands, which the worker's options do not know. The wallets have a page of their own.
        Assert.Equal(
            read.Where(name => documented.Contains(name) || !wallets.Contains($"`{name}`", StringComparison.Ordinal)).Order(StringComparer.Ordinal),
            documented.Where(name => name != "OPS_API_KEY").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Should_find_a_test_for_every_fault_that_trials_found()
    {
        var rows = File.ReadLines(Repository.PathOf("docs/faults.md")).Where(line => FaultRow.IsMatch(line)).ToArray();
        var files = Directory.EnumerateFiles(Repository.PathOf("tests"), "When_*.cs", SearchOption.AllDirectories)
            .ToLookup(file => Path.GetFileNameWithoutExtension(file), File.ReadAllText);

        Assert.NotEmpty(rows);
        Assert.All(
            rows.SelectMany(row => TestClass.Matches(row), (row, test) => (Row: FaultRow.Match(row).Groups[1].Value, Test: test.Groups[1].Value)),
            named => AssertThatItNames(named.Row, named.Test));
        // Whoever adds another one without a test changes this, and says why in the row.
        Assert.StartsWith("| A18 |", Assert.Single(rows, row => !TestClass.IsMatch(row)), StringComparison.Ordinal);

        // In the comment of the class: (docs/faults.md: A2, B1).
        void AssertThatItNames(string row, string test) => Assert.True(
            files[test].Any(text => Regex.IsMatch(text, $@"\(docs/faults\.md: [^)]*\b{row}\b")),
            files[test].Any() ? $"{test} does not name {row}" : $"There is no {test}");
    }

    [Fact]
    public async Task Should_find_every_route_of_the_API_and_no_other()
    {
        await using var worker = await EmbeddedWorker.StartAsync();
        using var answer = await worker.GetAsync("/openapi/v1.json");
        using var description = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Cancellation));
        var routes = description.RootElement.GetProperty("paths").EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject().Select(method => $"{method.Name.ToUpperInvariant()} {path.Name.TrimEnd('/')}"))
            .Where(IsOfApi);

        var documented = Route.Matches(await File.ReadAllTextAsync(Repository.PathOf("docs/api.md"), Cancellation))
            .Select(row => row.Groups[1].Value)
            .Where(IsOfApi);

        Assert.Equal(routes.Order(StringComparer.Ordinal), documented.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Texts))]
    public void Should_come_somewhere_by_each_link(string text)
    {
        var content = File.ReadAllText(Repository.PathOf(text));
        var folder = Path.GetDirectoryName(Repository.PathOf(text))!;
        foreach (var target in Link.Matches(content).Select(link => link.Groups[1].Value).Where(IsLocal))
        {
            var parts = target.Split('#', 2);
            var file = parts[0] == "" ? Repository.PathOf(text) : Path.GetFullPath(Path.Combine(folder, parts[0]));
            Assert.True(Path.Exists(file), $"{text} links to {target}, which is not there");
            if (parts is [_, var anchor])
            {
                Assert.Contains(anchor, Heading.Matches(File.ReadAllText(file)).Select(heading => AnchorOf(heading.Groups[1].Value)));
            }
        }
    }

    private static bool IsOfApi(string route) => route.Contains(" /api/", StringComparison.Ordinal);

    private static bool IsLocal(string target) => !target.Contains("://", StringComparison.Ordinal);

    // As GitHub makes them.
    private static string AnchorOf(string heading)
    {
        var kept = heading.ToLowerInvariant().Where(letter => char.IsLetterOrDigit(letter) || letter is ' ' or '-' or '_');
        return string.Concat(kept).Replace(' ', '-');
    }

    [GeneratedRegex(@"^\| `([A-Z][A-Z0-9_]+)` \|", RegexOptions.Multiline)]
    private static partial Regex VariableRow { get; }

    [GeneratedRegex(@"^\| `([A-Z]+ /[^`?]*)[^`]*` \|", RegexOptions.Multiline)]
    private static partial Regex Route { get; }

    [GeneratedRegex(@"^\| ([A-Z]\d+a?) \|")]
    private static partial Regex FaultRow { get; }

    [GeneratedRegex("`(When_[A-Za-z0-9_]+)`")]
    private static partial Regex TestClass { get; }

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link { get; }

    [GeneratedRegex(@"^#+ (.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading { get; }
}
