namespace Gateway.Testing.Servers;

/// <summary>A server that is away; disposing brings it back, so that a failed test does not take the others with it.</summary>
/// <param name="server">The server.</param>
public sealed class Outage(TestServer server) : IAsyncDisposable
{
    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await server.StartAsync(CancellationToken.None);
}
