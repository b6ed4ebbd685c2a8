using System.Net.Security;
using Gateway.Worker.Configuration;
using Npgsql;

namespace Gateway.Worker.Servers;

/// <summary>Where the data is: PostgreSQL in full mode, a SQLite file in embedded mode.</summary>
public sealed class DatabaseOptions
{
    private const string VerifyAuthority = "verify-ca";
    private const string VerifyAll = "verify-full";

    // Some parts keep one of their own for as long as they run: the recorder, and who listens for new messages of the outbox.
    private const int FewestConnections = 10;

    /// <summary>
    /// The PostgreSQL connection string, password included: never to be shown. Who opens a connection by it judges the server's certificate
    /// by <see cref="Encrypt"/>.
    /// </summary>
    public required string ConnectionString { get; init; }

    /// <summary>
    /// Where PostgreSQL is (<c>DB_HOST</c>, with <c>DB_PORT</c> where an entry has none), each with its port; of several whichever takes
    /// writes.
    /// </summary>
    public required IReadOnlyList<ServerAddress> Hosts { get; init; }

    /// <summary>How the server's certificate is judged (<c>DB_SSL_MODE</c> verify-ca and verify-full); null where it is not.</summary>
    public TlsOptions? Tls { get; init; }

    /// <summary>
    /// The full path of the SQLite file of embedded mode (<c>DB_FILE</c>). Unless it is set, one place for the user, whatever folder the
    /// worker or a command is started in.
    /// </summary>
    public required string File { get; init; }

    /// <summary>Host and name of the PostgreSQL database, as in <c>db-1:5432/payment_gateway</c>.</summary>
    public string Server
    {
        get
        {
            var connection = new NpgsqlConnectionStringBuilder(ConnectionString);
            return $"{connection.Host}:{connection.Port}/{connection.Database}";
        }
    }

    // ~/.local/share on Linux, Application Support on macOS, AppData on Windows.
    private static string DefaultFile => Path.Combine(
        Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify),
        "gateway-worker",
        "gateway.db");

    /// <summary>Reads the options; complaints go to <paramref name="settings"/>.</summary>
    public static DatabaseOptions Read(Settings settings)
    {
        var port = settings.Number("DB_PORT", 5432, 1, 65535);
        var hosts = settings.Servers("DB_HOST", "localhost", port);
        var mode = settings.Choice("DB_SSL_MODE", "disable", "disable", "allow", "prefer", "require", VerifyAuthority, VerifyAll);
        return new DatabaseOptions
        {
            File = Path.GetFullPath(settings.Text("DB_FILE", DefaultFile)),
            Hosts = hosts,
            ConnectionString = ConnectionTo(hosts, port, mode, settings).ConnectionString,
            Tls = ReadTls(settings, mode),
        };
    }

    /// <summary>
    /// What an operator is told of a failure of the database: for one that does not exist also the command that creates it.
    /// </summary>
    public string Describe(Exception failure)
    {
        if (failure is PostgresException { SqlState: PostgresErrorCodes.UndefinedTable })
        {
            return "its tables are missing; 'Gateway.Worker migrate' creates them.";
        }

        if (failure is not PostgresException { SqlState: PostgresErrorCodes.InvalidCatalogName })
        {
            return failure.Message;
        }

        var connection = new NpgsqlConnectionStringBuilder(ConnectionString);
        return $"there is no database '{connection.Database}' at {connection.Host}:{connection.Port}. Create it: "
            + $"createdb --host {connection.Host} --port {connection.Port} --username {connection.Username} {connection.Database}";
    }

    /// <summary>Shows the worker's certificate to the server, and judges the server's; for Npgsql, as it opens a connection.</summary>
    public void Encrypt(SslClientAuthenticationOptions options) => Tls?.ApplyTo(options);

    /// <summary>The SQLite file; fit to be logged, since no password is in it.</summary>
    public override string ToString() => File;

    private static TlsOptions? ReadTls(Settings settings, string mode)
    {
        const string Authorities = "DB_CA_FILE", Certificate = "DB_CERT_FILE", Key = "DB_KEY_FILE";
        if (mode is VerifyAuthority or VerifyAll)
        {
            return TlsOptions.ReadFiles(settings, Authorities, Certificate, Key, checksName: mode == VerifyAll);
        }

        settings.RejectUnused("DB_SSL_MODE=verify-full or verify-ca", Authorities, Certificate, Key);
        return null;
    }

    private static NpgsqlConnectionStringBuilder ConnectionTo(IReadOnlyList<ServerAddress> hosts, int port, string mode, Settings settings)
    {
        var connection = new NpgsqlConnectionStringBuilder
        {
            Host = string.Join(',', hosts.Select(host => host.Port == port ? host.Host : host.ToString())),
            Port = port,
            Database = settings.Text("DB_NAME", "payment_gateway"),
            Username = settings.Text("DB_USER", "postgres"),
            Password = settings.OptionalText("DB_PASSWORD"),
            SslMode = mode switch
            {
                "allow" => SslMode.Allow,
                "prefer" => SslMode.Prefer,
                // In its own modes of these names Npgsql lets nobody else judge the certificate: Encrypt does, and says why it refuses.
                "require" or VerifyAuthority or VerifyAll => SslMode.Require,
                _ => SslMode.Disable,
            },
            // Passwords log in here, never Kerberos, whose library small images lack: each new connection would look for it and complain.
            GssEncryptionMode = GssEncryptionMode.Disable,
            ApplicationName = "Gateway.Worker",
            Timeout = 5,
            CommandTimeout = 30,
            // A name may lead to another server than it did.
            ConnectionLifetime = 300,
            // The server's connections are the gateway's too, and there are 100 of them by default.
            MaxPoolSize = settings.Number("DB_MAX_CONNECTIONS", 40, FewestConnections, 1000),
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
