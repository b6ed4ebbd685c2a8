using Gateway.Testing;
using Xunit;

namespace Gateway.Worker.Tests;

public sealed class When_somebody_reads_the_source
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
}
