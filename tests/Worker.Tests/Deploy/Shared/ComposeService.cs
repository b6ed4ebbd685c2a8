namespace Gateway.Tests.Deploy;

/// <summary>One service of a Compose file.</summary>
public sealed class ComposeService(Dictionary<object, object?> values)
{
    /// <summary>The environment variables. One that is empty is as good as unset.</summary>
    public IReadOnlyDictionary<string, string> Environment => MapOf("environment").ToDictionary(v => v.Key, v => (string?)v.Value ?? "");

    /// <summary>Where the data is: <c>name:path</c> for a named volume, <c>./folder:path</c> for a folder of the repository.</summary>
    public IReadOnlyList<string> Volumes => ListOf("volumes");

    public object? this[string key] => values.GetValueOrDefault(key);

    public string? Text(string key) => (string?)this[key];

    public IReadOnlyList<string> ListOf(string key) => this[key] is List<object?> list ? [.. list.Cast<string>()] : [];

    public IReadOnlyDictionary<string, object?> MapOf(string key) =>
        this[key] is Dictionary<object, object?> map ? map.ToDictionary(v => (string)v.Key, v => v.Value) : new Dictionary<string, object?>();
}
