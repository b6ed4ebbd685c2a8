using System.Globalization;
using StackExchange.Redis;

namespace Gateway.Integration.Tests.Servers;

/// <summary>The Redis server of the tests.</summary>
public sealed class RedisServer : TestServer
{
    // Redis has 16 databases unless configured otherwise. Tests take turns, so that one used 15 databases ago is free.
    private const int Databases = 16;

    private int _taken;

    internal RedisServer(string address)
        : base("redis")
    {
        var colon = address.LastIndexOf(':');
        Host = colon < 0 ? address : address[..colon];
        Port = colon < 0 ? 6379 : int.Parse(address[(colon + 1)..], CultureInfo.InvariantCulture);
    }

    public string Host { get; }

    public int Port { get; }

    /// <summary>An empty database, from 1 to 15: what it held is removed.</summary>
    public async Task<RedisDatabase> CreateDatabaseAsync()
    {
        var number = 1 + ((Interlocked.Increment(ref _taken) - 1) % (Databases - 1));
        await using var redis = await ConnectionMultiplexer.ConnectAsync($"{Host}:{Port},allowAdmin=true");
        await redis.GetServer(Host, Port).FlushDatabaseAsync(number);
        return new RedisDatabase(this, number);
    }
}
