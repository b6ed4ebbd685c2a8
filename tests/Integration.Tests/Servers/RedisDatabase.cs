namespace Gateway.Integration.Tests.Servers;

/// <summary>A Redis database that was empty when a test or test class got it; disposing gives it to the next one.</summary>
public sealed class RedisDatabase(RedisServer server, int number) : IDisposable
{
    public RedisServer Server => server;

    public int Number => number;

    /// <summary>For <c>ConnectionMultiplexer.ConnectAsync</c>; the database is the connection's default one.</summary>
    public string ConnectionString => $"{server.Host}:{server.Port},defaultDatabase={number}";

    public void Dispose() => server.TakeBack(number);
}
