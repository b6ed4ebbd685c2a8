using Gateway.Worker.Configuration;
using StackExchange.Redis;

namespace Gateway.Worker.Servers;

/// <summary>Where the sagas and the delivery register are in full mode.</summary>
public sealed class RedisOptions
{
    /// <summary>What the client connects with, password included: never to be shown.</summary>
    public required ConfigurationOptions Connection { get; init; }

    /// <summary>Reads the options; complaints go to <paramref name="settings"/>.</summary>
    public static RedisOptions Read(Settings settings) => new()
    {
        Connection = new ConfigurationOptions
        {
            EndPoints = { { settings.Text("REDIS_HOST", "localhost"), settings.Number("REDIS_PORT", 6379, 1, 65535) } },
            Password = settings.OptionalText("REDIS_PASSWORD"),
            DefaultDatabase = settings.Number("REDIS_DB", 0, 0, 15),
            ClientName = "Gateway.Worker",
            AbortOnConnectFail = false,
            // Whoever needs Redis while it is away shall learn it at once: the caller decides whether to wait or to go on without.
            BacklogPolicy = BacklogPolicy.FailFast,
            AsyncTimeout = 2_000,
            ConnectTimeout = 2_000,
            ReconnectRetryPolicy = new LinearRetry(500),
        },
    };

    /// <summary>Names no password.</summary>
    public override string ToString() => string.Join(',', Connection.EndPoints);
}
