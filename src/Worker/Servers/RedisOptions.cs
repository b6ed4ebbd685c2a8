using Gateway.Persistence;
using Gateway.Worker.Configuration;
using StackExchange.Redis;

namespace Gateway.Worker.Servers;

/// <summary>Where the sagas and the delivery register are in full mode.</summary>
public sealed class RedisOptions
{
    // In milliseconds.
    private const int LongestConnect = 2_000;

    /// <summary>
    /// Where it is (<c>REDIS_HOST</c>, with <c>REDIS_PORT</c> where an entry has none), each with its port: servers of one deployment, as a
    /// primary and its replicas or the nodes of a cluster; or, where <see cref="Primary"/> is named, its sentinels.
    /// </summary>
    public required IReadOnlyList<ServerAddress> Hosts { get; init; }

    /// <summary>What the client connects with, passwords included: never to be shown.</summary>
    public required ConfigurationOptions Connection { get; init; }

    /// <summary>
    /// As what the sentinels know the primary (<c>REDIS_SENTINEL_MASTER</c>), which is whom they say; null where nobody is asked.
    /// </summary>
    public string? Primary => Connection.ServiceName;

    /// <summary>Reads the options; complaints go to <paramref name="settings"/>.</summary>
    public static RedisOptions Read(Settings settings)
    {
        const string SentinelUser = "REDIS_SENTINEL_USER", SentinelPassword = "REDIS_SENTINEL_PASSWORD";
        var primary = settings.OptionalText("REDIS_SENTINEL_MASTER");
        if (primary is null)
        {
            settings.RejectUnused("REDIS_SENTINEL_MASTER", SentinelUser, SentinelPassword);
        }

        var port = settings.Number("REDIS_PORT", primary is null ? 6379 : 26379, 1, 65535);
        var hosts = settings.Servers("REDIS_HOST", "localhost", port);
        var tls = TlsOptions.Read(settings, "REDIS_TLS", "REDIS_CA_FILE", "REDIS_CERT_FILE", "REDIS_KEY_FILE");
        var connection = new ConfigurationOptions
        {
            User = settings.OptionalText("REDIS_USER"),
            Password = settings.OptionalText("REDIS_PASSWORD"),
            ServiceName = primary,
            // Not null, which would show the sentinels what Redis itself is shown.
            SentinelUser = settings.Text(SentinelUser, ""),
            SentinelPassword = settings.Text(SentinelPassword, ""),
            DefaultDatabase = settings.Number("REDIS_DB", 0, 0, 15),
            ClientName = "Gateway.Worker",
            AbortOnConnectFail = false,
            // Whoever needs Redis while it is away shall learn it at once: the caller decides whether to wait or to go on without.
            BacklogPolicy = BacklogPolicy.FailFast,
            AsyncTimeout = 2_000,
            ConnectTimeout = LongestConnect,
            // Not sooner: the client also ends by it an attempt that is under way, such as a slow TLS handshake.
            ReconnectRetryPolicy = new LinearRetry(LongestConnect),
            Ssl = tls is not null,
            SslClientAuthenticationOptions = tls is null ? null : tls.ToClientOptions,
        };
        foreach (var host in hosts)
        {
            connection.EndPoints.Add(host.Host.Trim('[', ']'), host.Port!.Value);
        }

        return new RedisOptions { Hosts = hosts, Connection = connection };
    }

    /// <summary>
    /// Begins to connect, for as long as the process runs, whether or not anybody answers now; to a primary that sentinels must name, when
    /// <see cref="RedisConnection.ConnectAsync"/> is called.
    /// </summary>
    public RedisConnection ToConnection() => Primary is null
        ? new RedisConnection(ConnectionMultiplexer.Connect(Connection))
        : new RedisConnection(() => Sentinels.ConnectAsync(this));

    /// <summary>Where it is; fit to be logged, since no password is in it.</summary>
    public override string ToString() => string.Join(',', Hosts);
}
