namespace Gateway.Integration.Tests.Servers;

/// <summary>A server that is away; disposing brings it back, so that a failed test does not take the others with it.</summary>
public sealed class Outage(TestServer server) : IAsyncDisposable
{
    public async ValueTask DisposeAsync() => await server.StartAsync(CancellationToken.None);
}
