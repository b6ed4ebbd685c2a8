using Npgsql;

namespace Gateway.Testing.Servers;

/// <summary>The PostgreSQL server of the tests.</summary>
public sealed class PostgresServer : TestServer
{
    private readonly NpgsqlConnectionStringBuilder _administration;

    internal PostgresServer(string connectionString, string? directory)
        : base("postgres", directory)
    {
        _administration = new NpgsqlConnectionStringBuilder(connectionString)
        {
            // Without a pool no idle connection keeps a template from being copied.
            Pooling = false,
            // Also where a test lets nobody else write.
            Options = "-c default_transaction_read_only=off",
        };
    }

    /// <summary>Where it listens.</summary>
    public string Host => _administration.Host!;

    /// <summary>Where it listens.</summary>
    public int Port => _administration.Port;

    /// <summary>An administrator.</summary>
    public string User => _administration.Username!;

    /// <summary>That of the administrator; null when the server asks for none.</summary>
    public string? Password => _administration.Password;

    /// <summary>
    /// A database with nothing in it, or a copy of the database <paramref name="template"/> (to which nobody may be
    /// connected at that moment); disposing drops it with its connections.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait for it.</param>
    /// <param name="template">The name of the database to copy.</param>
    /// <param name="timeZone">That of the sessions, for a test in which a time must not depend on it; null for the server's.</param>
    public async Task<PostgresDatabase> CreateDatabaseAsync(
        CancellationToken cancellationToken, string template = "template0", string? timeZone = null)
    {
        var name = $"test_{Guid.CreateVersion7():N}";
        await ExecuteAsync($"""CREATE DATABASE "{name}" TEMPLATE "{template}" """, cancellationToken);
        var connectionString = new NpgsqlConnectionStringBuilder(_administration.ConnectionString) { Database = name, Pooling = true, Options = null };
        if (timeZone is not null)
        {
            connectionString.Timezone = timeZone;
        }

        return new PostgresDatabase(this, name, connectionString.ConnectionString);
    }

    /// <summary>Starts a second server that follows this one, and takes no writes until it is promoted. It ends with this one's folder.</summary>
    /// <returns>Its port on the same host.</returns>
    public async Task<int> StartStandbyAsync(CancellationToken cancellationToken) =>
        (await StartBesideAsync("standby", cancellationToken)).Single();

    internal async Task DropDatabaseAsync(string name) =>
        await ExecuteAsync($"""DROP DATABASE IF EXISTS "{name}" WITH (FORCE)""", CancellationToken.None);

    private async Task ExecuteAsync(string sql, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(_administration.ConnectionString);
        await connection.OpenAsync(cancellationToken);
        // The copy of a large database takes longer than a statement usually may.
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
