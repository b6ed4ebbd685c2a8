using Npgsql;

namespace Gateway.Worker.Configuration;

/// <summary>Where the data is: PostgreSQL in full mode, a SQLite file in embedded mode.</summary>
public sealed class DatabaseOptions
{
    /// <summary>The PostgreSQL connection string, password included: never to be shown.</summary>
    public required string ConnectionString { get; init; }

    /// <summary>The SQLite file of embedded mode (<c>DB_FILE</c>).</summary>
    public required string File { get; init; }

    /// <summary>Reads the options; complaints go to <paramref name="settings"/>.</summary>
    public static DatabaseOptions Read(Settings settings)
    {
        var hosts = settings.List("DB_HOST", "localhost", ServerAddress.Parse, "a host, or a host and its port such as db-1:5432");
        return new DatabaseOptions
        {
            File = settings.Text("DB_FILE", Path.Combine("data", "gateway.db")),
            ConnectionString = ConnectionTo(hosts, settings).ConnectionString,
        };
    }

    /// <summary>Names no password.</summary>
    public override string ToString() => File;

    private static NpgsqlConnectionStringBuilder ConnectionTo(IReadOnlyList<ServerAddress> hosts, Settings settings)
    {
        var connection = new NpgsqlConnectionStringBuilder
        {
            Host = string.Join(',', hosts),
            Port = settings.Number("DB_PORT", 5432, 1, 65535),
            Database = settings.Text("DB_NAME", "payment_gateway"),
            Username = settings.Text("DB_USER", "postgres"),
            Password = settings.OptionalText("DB_PASSWORD"),
            SslMode = settings.Choice("DB_SSL_MODE", "disable", "disable", "allow", "prefer", "require", "verify-ca", "verify-full") switch
            {
                "allow" => SslMode.Allow,
                "prefer" => SslMode.Prefer,
                "require" => SslMode.Require,
                "verify-ca" => SslMode.VerifyCA,
                "verify-full" => SslMode.VerifyFull,
                _ => SslMode.Disable,
            },
            // Passwords log in here, never Kerberos, whose library small images lack: each new connection would look for it and complain.
            GssEncryptionMode = GssEncryptionMode.Disable,
            ApplicationName = "Gateway.Worker",
            Timeout = 5,
            CommandTimeout = 30,
            // A name may lead to another server than it did.
            ConnectionLifetime = 300,
        };
        if (hosts.Count > 1)
        {
            // Of a primary and its standbys, whichever takes writes; after a failover soon another one.
            connection.TargetSessionAttributes = "read-write";
            connection.HostRecheckSeconds = 1;
        }

        return connection;
    }
}
