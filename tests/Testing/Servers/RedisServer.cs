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

    /// <summary>Starts a second server that follows this one, and takes no writes until it is promoted. It ends with this one's folder.</summary>
    /// <returns>Its port on the same host.</returns>
    public async Task<int> StartReplicaAsync(CancellationToken cancellationToken) => (await StartBesideAsync("replica", cancellationToken)).Single();

    /// <summary>Starts three sentinels, which watch this server under the name "payments", and waits until they know each other and its replica.</summary>
    /// <returns>Their ports on the same host.</returns>
    public async Task<IReadOnlyList<int>> StartSentinelsAsync(CancellationToken cancellationToken)
    {
        var ports = await StartBesideAsync("sentinels", cancellationToken);
        foreach (var port in ports)
        {
            await using var sentinel = await ConnectionMultiplexer.SentinelConnectAsync($"{Host}:{port}");
            await Eventually.Read(
                async () =>
                {
                    var known = (await sentinel.GetServer(Host, port).SentinelMasterAsync("payments")).ToDictionary();
                    return (known["num-other-sentinels"], known["num-slaves"]);
                },
                known => known == ("2", "1"),
                "Two other sentinels and a replica");
        }

        return ports;
    }

    /// <summary>Starts a Redis Cluster of three masters beside this server and waits until it takes writes. It ends with this one's folder.</summary>
    /// <returns>Their ports on the same host.</returns>
    public async Task<IReadOnlyList<int>> StartClusterAsync(CancellationToken cancellationToken)
    {
        var ports = await StartBesideAsync("cluster", cancellationToken);
        foreach (var port in ports)
        {
            await using var node = await ConnectionMultiplexer.ConnectAsync($"{Host}:{port},allowAdmin=true");
            await Eventually.Read(
                async () => (string?)await node.GetServer(Host, port).ExecuteAsync("CLUSTER", "INFO"),
                info => info!.Contains("cluster_state:ok", StringComparison.Ordinal),
                "A cluster that takes writes");
        }

        return ports;
    }

    internal void TakeBack(int number) => _free.Writer.TryWrite(number);
}
