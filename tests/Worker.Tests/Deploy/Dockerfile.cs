namespace Gateway.Worker.Tests.Deploy;

/// <summary>The instructions of a Dockerfile, continued lines joined, comments left out.</summary>
internal sealed class Dockerfile
{
    private Dockerfile(IReadOnlyList<(string Name, string Arguments)> instructions) => Instructions = instructions;

    public IReadOnlyList<(string Name, string Arguments)> Instructions { get; }

    /// <summary>What stands after the last <c>FROM</c>: what the image is.</summary>
    public Dockerfile LastStage => new([.. Instructions.Skip(Instructions.ToList().FindLastIndex(i => i.Name == "FROM"))]);

    public static Dockerfile Read(string path)
    {
        var lines = File.ReadAllLines(path).Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] != '#');
        var joined = string.Join('\n', lines).Replace("\\\n", "", StringComparison.Ordinal).Split('\n');
        return new Dockerfile([.. joined.Select(line => line.Split(' ', 2)).Select(parts => (parts[0].ToUpperInvariant(), parts[1]))]);
    }

    /// <summary>The arguments of each instruction with this name.</summary>
    public IReadOnlyList<string> All(string name) => [.. Instructions.Where(i => i.Name == name).Select(i => i.Arguments)];
}
