using System.Globalization;
using System.Threading.Channels;
using Gateway.Testing.Network;
using StackExchange.Redis;
using Xunit;

namespace Gateway.Testing.Servers;

/// <summary>The Redis server of the tests.</summary>
public sealed class RedisServer : TestServer
{
    // Redis has 16 databases unless configured otherwise; the first is nobody's.
    private const int Databases = 15;

    // As the script names them, in the order of their ports.
    private static readonly string[] SentinelFolders = ["first", "second", "third"];

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
        await WaitUntilAcquaintedAsync(ports);
        return ports;
    }

    /// <summary>The same by TLS: to this server, to its replica and between the sentinels themselves.</summary>
    /// <param name="authority">Whose certificates all of them show.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <returns>The ports on the same host at which the sentinels speak TLS.</returns>
    public async Task<IReadOnlyList<int>> StartSentinelsAsync(TestAuthority authority, CancellationToken cancellationToken)
    {
        var primary = await EncryptAsync(Port, authority);
        var replica = await StartReplicaAsync(cancellationToken);
        await EncryptAsync(replica, authority);
        await OrderAsync(replica, "REPLICAOF", Host, $"{primary}");
        var ports = await StartBesideAsync("sentinels", cancellationToken);
        // They have learnt by then where the others are without TLS, and begin anew.
        await RunScriptAsync("stop", "sentinels", cancellationToken);
        var encrypted = new List<int>();
        foreach (var (name, port) in SentinelFolders.Zip(ports))
        {
            encrypted.Add(FreePort.Find());
            var folder = Path.Combine(Folder, "..", "sentinels", name);
            await File.WriteAllTextAsync(
                Path.Combine(folder, "sentinel.conf"),
                $"""
                bind {Host}
                port {port}
                tls-port {encrypted[^1]}
                {string.Join('\n', Tls(authority).Chunk(2).Select(setting => string.Join(' ', setting)))}
                dir {folder}
                sentinel monitor payments {Host} {primary} 2
                sentinel down-after-milliseconds payments 3000
                sentinel failover-timeout payments 10000

                """,
                cancellationToken);
        }

        await RunScriptAsync("start", "sentinels", cancellationToken);
        await WaitUntilAcquaintedAsync(ports);
        return encrypted;
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

    /// <summary>The same by TLS, between the nodes too.</summary>
    /// <param name="authority">Whose certificates they show.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <returns>The ports on the same host at which they speak TLS.</returns>
    public async Task<IReadOnlyList<int>> StartClusterAsync(TestAuthority authority, CancellationToken cancellationToken)
    {
        var encrypted = new List<int>();
        foreach (var port in await StartClusterAsync(cancellationToken))
        {
            encrypted.Add(await EncryptAsync(port, authority));
            // Of a node that runs already the others would not learn it.
            await OrderAsync(port, "CONFIG", "SET", "cluster-announce-tls-port", $"{encrypted[^1]}");
        }

        foreach (var port in encrypted)
        {
            // Each is told by the others, and has told them.
            await using var node = await ConnectionMultiplexer.ConnectAsync(
                $"{Host}:{port},ssl=true,allowAdmin=true", options => options.TrustIssuer(authority.File));
            await Eventually.Read(
                async () => (string?)await node.GetServer(Host, port).ExecuteAsync("CLUSTER", "NODES"),
                nodes => encrypted.All(other => nodes!.Contains($" {Host}:{other}@", StringComparison.Ordinal)),
                "A node that knows where all speak TLS");
        }

        return encrypted;
    }

    internal void TakeBack(int number) => _free.Writer.TryWrite(number);

    // One that listens without TLS too, which is how the tests reach it.
    private async Task<int> EncryptAsync(int port, TestAuthority authority)
    {
        var encrypted = FreePort.Find();
        await OrderAsync(port, ["CONFIG", "SET", .. Tls(authority), "tls-cluster", "yes", "tls-port", $"{encrypted}"]);
        return encrypted;
    }

    private string[] Tls(TestAuthority authority)
    {
        using var certificate = authority.Issue(Host);
        var (file, key) = authority.Write(certificate);
        // Where another Debian's server sees them too.
        string[] files = [.. new[] { file, key, authority.File }.Select(from => Path.Combine(Folder, Path.GetFileName(from)))];
        File.Copy(file, files[0], overwrite: true);
        File.Copy(key, files[1], overwrite: true);
        File.Copy(authority.File, files[2], overwrite: true);
        return
        [
            "tls-cert-file", files[0], "tls-key-file", files[1], "tls-ca-cert-file", files[2],
            "tls-auth-clients", "no", "tls-replication", "yes",
        ];
    }

    private async Task OrderAsync(int port, params string[] words)
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync($"{Host}:{port},allowAdmin=true");
        await connection.GetServer(Host, port).ExecuteAsync(words[0], [.. words.Skip(1)]);
    }

    private async Task WaitUntilAcquaintedAsync(IReadOnlyList<int> sentinels)
    {
        foreach (var port in sentinels)
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
    }
}
