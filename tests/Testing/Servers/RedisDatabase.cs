namespace Gateway.Testing.Servers;

/// <summary>A Redis database that was empty when a test or test class got it; disposing gives it to the next one.</summary>
/// <param name="server">The server that it is on.</param>
/// <param name="number">Its number.</param>
public sealed class RedisDatabase(RedisServer server, int number) : IDisposable
{
    /// <summary>The server that it is on.</summary>
    public RedisServer Server => server;

    /// <summary>Its number.</summary>
    public int Number => number;

    /// <summary>For <c>ConnectionMultiplexer.ConnectAsync</c>; the database is the connection's default one.</summary>
    public string ConnectionString => $"{server.Host}:{server.Port},defaultDatabase={number}";

    /// <inheritdoc/>
    public void Dispose() => server.TakeBack(number);
}
