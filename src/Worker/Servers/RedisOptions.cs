using Gateway.Worker.Configuration;
using StackExchange.Redis;

namespace Gateway.Worker.Servers;

/// <summary>Where the sagas and the delivery register are in full mode.</summary>
public sealed class RedisOptions
{
    /// <summary>What the client connects with, password included: never to be shown.</summary>
    public required ConfigurationOptions Connection { get; init; }

    /// <summary>Reads the options; complaints go to <paramref name="settings"/>.</summary>
    public static RedisOptions Read(Settings settings)
    {
        var host = settings.Text("REDIS_HOST", "localhost");
        var tls = TlsOptions.Read(settings, "REDIS_TLS", "REDIS_CA_FILE", "REDIS_CERT_FILE", "REDIS_KEY_FILE");
        var connection = new ConfigurationOptions
        {
            EndPoints = { { host, settings.Number("REDIS_PORT", 6379, 1, 65535) } },
            User = settings.OptionalText("REDIS_USER"),
            Password = settings.OptionalText("REDIS_PASSWORD"),
            DefaultDatabase = settings.Number("REDIS_DB", 0, 0, 15),
            ClientName = "Gateway.Worker",
            AbortOnConnectFail = false,
            // Whoever needs Redis while it is away shall learn it at once: the caller decides whether to wait or to go on without.
            BacklogPolicy = BacklogPolicy.FailFast,
            AsyncTimeout = 2_000,
            ConnectTimeout = 2_000,
            ReconnectRetryPolicy = new LinearRetry(500),
            Ssl = tls is not null,
        };
        if (tls is not null)
        {
            connection.SslHost = host;
            connection.CertificateValidation += tls.CheckFor(host);
            if (tls.OwnCertificate is { } own)
            {
                connection.CertificateSelection += (_, _, _, _, _) => own;
            }
        }

        return new RedisOptions { Connection = connection };
    }

    /// <summary>Where it is; fit to be logged, since no password is in it.</summary>
    public override string ToString() => string.Join(',', Connection.EndPoints);
}
