namespace Gateway.Testing.Deploy;

/// <summary>One service of a Compose file.</summary>
/// <param name="values">What stands below its name.</param>
public sealed class ComposeService(Dictionary<object, object?> values)
{
    /// <summary>The environment variables. One that is empty is as good as unset.</summary>
    public IReadOnlyDictionary<string, string> Environment => MapOf("environment").ToDictionary(v => v.Key, v => (string?)v.Value ?? "");

    /// <summary>Where the data is: <c>name:path</c> for a named volume, <c>./folder:path</c> for a folder of the repository.</summary>
    public IReadOnlyList<string> Volumes => ListOf("volumes");

    /// <summary>A value as it stands there; null when there is none.</summary>
    public object? this[string key] => values.GetValueOrDefault(key);

    /// <summary>A value that is a text.</summary>
    public string? Text(string key) => (string?)this[key];

    /// <summary>A value that is a list; empty when there is none.</summary>
    public IReadOnlyList<string> ListOf(string key) => this[key] is List<object?> list ? [.. list.Cast<string>()] : [];

    /// <summary>A value that is a map; empty when there is none.</summary>
    public IReadOnlyDictionary<string, object?> MapOf(string key) =>
        this[key] is Dictionary<object, object?> map ? map.ToDictionary(v => (string)v.Key, v => v.Value) : new Dictionary<string, object?>();
}
