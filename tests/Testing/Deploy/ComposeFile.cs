using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.Serialization;

namespace Gateway.Testing.Deploy;

/// <summary>What stands in a Compose file, read as the Compose specification says: anchors are merged, variables have their defaults.</summary>
public sealed partial class ComposeFile
{
    private readonly Dictionary<object, object?> _root;

    private ComposeFile(Dictionary<object, object?> root) => _root = root;

    /// <summary>The services by their names.</summary>
    public IReadOnlyDictionary<string, ComposeService> Services =>
        Section("services").ToDictionary(service => (string)service.Key, service => new ComposeService((Dictionary<object, object?>)service.Value!));

    /// <summary>The named volumes.</summary>
    public IEnumerable<string> Volumes => Section("volumes").Keys.Cast<string>();

    /// <summary>Reads one.</summary>
    public static ComposeFile Read(string path)
    {
        var withDefaults = Variable.Replace(File.ReadAllText(path), variable => variable.Groups["default"].Value);
        var parser = new MergingParser(new Parser(new StringReader(withDefaults)));
        return new ComposeFile(new DeserializerBuilder().Build().Deserialize<Dictionary<object, object?>>(parser));
    }

    private Dictionary<object, object?> Section(string name) => (Dictionary<object, object?>)_root[name]!;

    // ${NAME:-default}, the only form that the file uses.
    [GeneratedRegex(@"\$\{\w+:-(?<default>[^}]*)\}")]
    private static partial Regex Variable { get; }
}
