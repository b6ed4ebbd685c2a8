namespace Gateway.Integration.Tests.Servers;

/// <summary>A Redis database that was empty when a test or test class got it.</summary>
public sealed record RedisDatabase(RedisServer Server, int Number)
{
    /// <summary>For <c>ConnectionMultiplexer.ConnectAsync</c>; the database is the connection's default one.</summary>
    public string ConnectionString => $"{Server.Host}:{Server.Port},defaultDatabase={Number}";
}
