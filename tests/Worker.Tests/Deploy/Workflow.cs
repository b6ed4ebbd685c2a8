using Gateway.Testing;
using YamlDotNet.Serialization;

namespace Gateway.Worker.Tests.Deploy;

/// <summary>A workflow of <c>.github/workflows</c>.</summary>
internal sealed class Workflow
{
    private readonly Dictionary<object, object?> _root;

    private Workflow(string name, Dictionary<object, object?> root) => (Name, _root) = (name, root);

    /// <summary>The name of its file.</summary>
    public string Name { get; }

    /// <summary>Its jobs.</summary>
    public IEnumerable<Dictionary<object, object?>> Jobs => MapOf(_root["jobs"]).Values.Select(MapOf);

    /// <summary>The steps of all its jobs.</summary>
    public IEnumerable<Dictionary<object, object?>> Steps =>
        Jobs.Where(job => job.ContainsKey("steps")).SelectMany(job => (List<object?>)job["steps"]!).Select(MapOf);

    /// <summary>What others wrote that it runs: an action, or another workflow.</summary>
    public IEnumerable<string> Uses => Jobs.Concat(Steps).Select(part => part.GetValueOrDefault("uses")).OfType<string>();

    /// <summary>What it may do where no job says otherwise.</summary>
    public Dictionary<object, object?> Permissions => MapOf(_root["permissions"]);

    /// <summary>Which runs of it stand in one line.</summary>
    public string Group => (string)MapOf(_root["concurrency"])["group"]!;

    public static Workflow[] ReadAll() =>
        [.. Directory.GetFiles(Repository.PathOf(".github/workflows")).Select(file => new Workflow(Path.GetFileName(file), Parse(file)))];

    public override string ToString() => Name;

    public static Dictionary<object, object?> MapOf(object? value) => (Dictionary<object, object?>)value!;

    private static Dictionary<object, object?> Parse(string file) =>
        new DeserializerBuilder().Build().Deserialize<Dictionary<object, object?>>(File.ReadAllText(file));
}
