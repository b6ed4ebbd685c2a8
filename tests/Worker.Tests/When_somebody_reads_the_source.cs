using System.Text.RegularExpressions;
using Gateway.Testing;
using Xunit;

namespace Gateway.Worker.Tests;

public sealed partial class When_somebody_reads_the_source
{
    /// <summary>As .editorconfig has it.</summary>
    private const int LongestLine = 140;

    [Fact]
    public void Should_see_each_line_whole()
    {
        var root = Repository.PathOf("src");
        var tooLong = Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Split(Path.DirectorySeparatorChar).Any(folder => folder is "bin" or "obj" or "Migrations"))
            .SelectMany(file => File.ReadLines(file).Select((text, index) => (text, Place: $"{Path.GetRelativePath(root, file)}:{index + 1}")))
            .Where(line => line.text.Length > LongestLine)
            .Select(line => line.Place);

        Assert.Empty(tooLong);
    }

    // The guide sends operators to "log event 4003": a number must mean one thing.
    [Fact]
    public void Should_find_each_event_of_the_log_by_its_number()
    {
        var numbers = Directory.EnumerateFiles(Repository.PathOf("src"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Split(Path.DirectorySeparatorChar).Any(folder => folder is "bin" or "obj"))
            .SelectMany(file => EventNumber().Matches(File.ReadAllText(file)).Select(number => number.Groups[1].Value))
            .ToArray();

        Assert.NotEmpty(numbers);
        Assert.Equal(numbers.Distinct(), numbers);
    }

    [GeneratedRegex(@"LoggerMessage\(\s*(\d+)")]
    private static partial Regex EventNumber();
}
