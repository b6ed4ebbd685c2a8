using Gateway.Testing;
using k8s;
using YamlDotNet.Serialization;

namespace Gateway.Worker.Tests.Deploy;

/// <summary>What stands in <c>deploy/kubernetes</c>.</summary>
internal static class Manifests
{
    /// <summary>The folder.</summary>
    public static string Folder { get; } = Repository.PathOf("deploy/kubernetes");

    /// <summary>Each object of the cluster, with the kind that it says it is of, and as text.</summary>
    public static IReadOnlyList<(string Kind, string Text)> All { get; } =
    [
        .. Directory.GetFiles(Folder, "*.yaml").Where(file => Path.GetFileName(file) != "kustomization.yaml")
            .SelectMany(file => File.ReadAllText(file).Split("\n---\n"))
            .Select(text => ((string)Parse(text)["kind"]!, text)),
    ];

    /// <summary>The objects of a kind, by the types that are made from the API's own description. A field that they do not have is an error.</summary>
    public static IReadOnlyList<T> Read<T>(string kind) =>
        [.. All.Where(manifest => manifest.Kind == kind).Select(manifest => KubernetesYaml.Deserialize<T>(manifest.Text, strict: true))];

    /// <summary>The one object of a kind that the API does not know by itself.</summary>
    public static Dictionary<object, object?> ReadCustom(string kind) => Parse(All.Single(manifest => manifest.Kind == kind).Text);

    /// <summary>What lies at a path of keys.</summary>
    public static object? At(this Dictionary<object, object?> map, params string[] keys) =>
        keys[..^1].Aggregate(map, (inner, key) => (Dictionary<object, object?>)inner[key]!)[keys[^1]];

    /// <summary>The maps in a list at a path of keys.</summary>
    public static IEnumerable<Dictionary<object, object?>> MapsAt(this Dictionary<object, object?> map, params string[] keys) =>
        ((List<object?>)map.At(keys)!).Cast<Dictionary<object, object?>>();

    /// <summary>A file of the folder that is no object of the cluster.</summary>
    public static Dictionary<object, object?> Parse(string text) => new DeserializerBuilder().Build().Deserialize<Dictionary<object, object?>>(text);
}
