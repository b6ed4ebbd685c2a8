using System.Globalization;
using System.Threading.Channels;
using StackExchange.Redis;
using Xunit;

namespace Gateway.Testing.Servers;

/// <summary>The Redis server of the tests.</summary>
public sealed class RedisServer : TestServer
{
    // Redis has 16 databases unless configured otherwise; the first is nobody's.
    private const int Databases = 15;

    private readonly Channel<int> _free = Channel.CreateUnbounded<int>();

    internal RedisServer(string address, string? directory)
        : base("redis", directory)
    {
        var colon = address.LastIndexOf(':');
        Host = colon < 0 ? address : address[..colon];
        Port = colon < 0 ? 6379 : int.Parse(address[(colon + 1)..], CultureInfo.InvariantCulture);
        for (var number = 1; number <= Databases; number++)
        {
            _free.Writer.TryWrite(number);
        }
    }

    /// <summary>Where it listens.</summary>
    public string Host { get; }

    /// <summary>Where it listens.</summary>
    public int Port { get; }

    /// <summary>An empty database: what it held is removed. Waits for one while all are in use.</summary>
    public async Task<RedisDatabase> CreateDatabaseAsync()
    {
        var number = await _free.Reader.ReadAsync(TestContext.Current.CancellationToken);
        await using var redis = await ConnectionMultiplexer.ConnectAsync($"{Host}:{Port},allowAdmin=true");
        await redis.GetServer(Host, Port).FlushDatabaseAsync(number);
        return new RedisDatabase(this, number);
    }

    internal void TakeBack(int number) => _free.Writer.TryWrite(number);
}
