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
    public static DatabaseOptions Read(Settings settings) => new()
    {
        File = settings.Text("DB_FILE", Path.Combine("data", "gateway.db")),
        ConnectionString = new NpgsqlConnectionStringBuilder
        {
            Host = settings.Text("DB_HOST", "localhost"),
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
        }.ConnectionString,
    };

    /// <summary>Names no password.</summary>
    public override string ToString() => File;
}
