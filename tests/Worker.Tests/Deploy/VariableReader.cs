using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Primitives;

namespace Gateway.Worker.Tests.Deploy;

/// <summary>Environment variables, and which of them somebody has asked for.</summary>
internal sealed class VariableReader(IReadOnlyDictionary<string, string> variables) : IConfiguration
{
    public HashSet<string> Asked { get; } = new(StringComparer.Ordinal);

    public string? this[string key]
    {
        get
        {
            Asked.Add(key);
            return variables.GetValueOrDefault(key);
        }

        set => throw new NotSupportedException();
    }

    public IConfigurationSection GetSection(string key) => throw new NotSupportedException();

    public IEnumerable<IConfigurationSection> GetChildren() => throw new NotSupportedException();

    public IChangeToken GetReloadToken() => throw new NotSupportedException();
}
