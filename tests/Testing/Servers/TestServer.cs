using System.Globalization;
using System.Text.RegularExpressions;
using Xunit;

namespace Gateway.Testing.Servers;

/// <summary>
/// A server that a test may take away. The calls return when the server is really gone or really answers; it comes back
/// on the same port with the same data. They skip the test where the server was given from outside.
/// </summary>
/// <param name="name">As <c>tests/servers.sh</c> names it.</param>
/// <param name="directory">The folder in which that script has started it; null when it was given from outside.</param>
public abstract partial class TestServer(string name, string? directory)
{
    /// <summary>Stops the server in good order. Disposing the result starts it again, if the test has not.</summary>
    public Task<Outage> StopAsync(CancellationToken cancellationToken) => TakeAwayAsync("stop", "start", cancellationToken);

    /// <summary>Kills the server with SIGKILL. Disposing the result starts it again, if the test has not.</summary>
    public Task<Outage> KillAsync(CancellationToken cancellationToken) => TakeAwayAsync("kill", "start", cancellationToken);

    /// <summary>Starts the server; does nothing when it runs.</summary>
    public Task StartAsync(CancellationToken cancellationToken) => RunScriptAsync("start", cancellationToken);

    /// <summary>Stops the server in good order and starts it again.</summary>
    public Task RestartAsync(CancellationToken cancellationToken) => RunScriptAsync("restart", cancellationToken);

    /// <summary>The folder of a server that runs from the machine's own binaries: what is its own.</summary>
    private protected string Folder
    {
        get
        {
            if (File.ReadAllText(Path.Combine(Home, "engine")).StartsWith("docker", StringComparison.Ordinal))
            {
                Assert.Skip("the servers are in containers, where nothing can be added to them");
            }

            return Path.Combine(Home, name);
        }
    }

    // Where the script has started it.
    private string Home
    {
        get
        {
            if (directory is null || !Directory.Exists(Path.Combine(directory, name)))
            {
                Assert.Skip("the servers were given from outside and may not be changed");
            }

            return directory;
        }
    }

    /// <summary>Starts what belongs to this server and ends with its folder, as <c>tests/servers.sh</c> names it.</summary>
    /// <returns>The ports on which it listens, on the same host.</returns>
    private protected async Task<IReadOnlyList<int>> StartBesideAsync(string what, CancellationToken cancellationToken)
    {
        var folder = Path.Combine(Folder, "..", what);
        await ServersScript.RunAsync([Home, "start", what], cancellationToken);
        var settings = await File.ReadAllTextAsync(Path.Combine(folder, "settings"), cancellationToken);
        return [.. PortSetting.Matches(settings).Select(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture))];
    }

    /// <summary>Takes the server away as <c>tests/servers.sh</c> names it. Disposing the result does what brings it back.</summary>
    private protected async Task<Outage> TakeAwayAsync(string action, string end, CancellationToken cancellationToken)
    {
        await RunScriptAsync(action, cancellationToken);
        return new Outage(() => RunScriptAsync(end, CancellationToken.None));
    }

    private protected Task RunScriptAsync(string action, CancellationToken cancellationToken) =>
        RunScriptAsync(action, name, cancellationToken);

    private protected Task RunScriptAsync(string action, string what, CancellationToken cancellationToken) =>
        ServersScript.RunAsync([Home, action, what], cancellationToken);

    [GeneratedRegex("^[a-z0-9_]+port='?([0-9]+)", RegexOptions.Multiline)]
    private static partial Regex PortSetting { get; }
}
