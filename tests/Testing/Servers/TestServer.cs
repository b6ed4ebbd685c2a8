using Xunit;

namespace Gateway.Testing.Servers;

/// <summary>
/// A server that a test may take away. The calls return when the server is really gone or really answers; it comes back
/// on the same port with the same data. They skip the test where the server was given from outside.
/// </summary>
/// <param name="name">As <c>tests/servers.sh</c> names it.</param>
/// <param name="directory">The folder in which that script has started it; null when it was given from outside.</param>
public abstract class TestServer(string name, string? directory)
{
    /// <summary>Stops the server in good order. Disposing the result starts it again, if the test has not.</summary>
    public Task<Outage> StopAsync(CancellationToken cancellationToken) => TakeAwayAsync("stop", cancellationToken);

    /// <summary>Kills the server with SIGKILL. Disposing the result starts it again, if the test has not.</summary>
    public Task<Outage> KillAsync(CancellationToken cancellationToken) => TakeAwayAsync("kill", cancellationToken);

    /// <summary>Starts the server; does nothing when it runs.</summary>
    public Task StartAsync(CancellationToken cancellationToken) => RunScriptAsync("start", cancellationToken);

    /// <summary>Stops the server in good order and starts it again.</summary>
    public Task RestartAsync(CancellationToken cancellationToken) => RunScriptAsync("restart", cancellationToken);

    private async Task<Outage> TakeAwayAsync(string action, CancellationToken cancellationToken)
    {
        await RunScriptAsync(action, cancellationToken);
        return new Outage(this);
    }

    private protected async Task RunScriptAsync(string action, CancellationToken cancellationToken)
    {
        if (directory is null || !Directory.Exists(Path.Combine(directory, name)))
        {
            Assert.Skip("the servers were given from outside and may not be stopped");
        }

        await ServersScript.RunAsync([directory, action, name], cancellationToken);
    }
}
