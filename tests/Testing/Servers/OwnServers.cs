using System.Text.RegularExpressions;
using Xunit;

namespace Gateway.Testing.Servers;

/// <summary>
/// The servers of a test class that takes some away, on which the others rely meanwhile: those are its own, the rest are everybody's.
/// Where the servers were given from outside it has none of its own, and a test that takes one away is skipped.
/// </summary>
/// <param name="everybodys">The servers of all tests.</param>
/// <param name="names">Those that the class has for itself, as <c>tests/servers.sh</c> names them.</param>
public abstract partial class OwnServers(TestServers everybodys, params string[] names) : IAsyncLifetime
{
    private string? _directory;

    /// <summary>Its own servers, and those of everybody.</summary>
    public TestServers Servers { get; private set; } = null!;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        if (Environment.GetEnvironmentVariable("TEST_SERVERS_DIR") is not { Length: > 0 } shared)
        {
            Servers = everybodys;
            return;
        }

        // Beside those of everybody, where ./test.sh stops what it finds should the tests be ended before they do.
        var directory = $"{shared}-{Guid.CreateVersion7():N}";
        var variables = await ServersScript.RunAsync(["start", directory, .. names], TestContext.Current.CancellationToken);
        _directory = directory;
        Servers = new TestServers(everybodys, ExportedVariable.Matches(variables).ToDictionary(match => match.Groups[1].Value, match => match.Groups[2].Value));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_directory is not null)
        {
            await Servers.DisposeAsync();
            await ServersScript.RunAsync(["stop", _directory], CancellationToken.None);
        }
    }

    [GeneratedRegex("^export ([A-Z_]+)='(.*)'$", RegexOptions.Multiline)]
    private static partial Regex ExportedVariable { get; }
}
