using Npgsql;

namespace Gateway.Integration.Tests.Servers;

/// <summary>The PostgreSQL server of the tests.</summary>
public sealed class PostgresServer : TestServer
{
    private readonly NpgsqlConnectionStringBuilder _administration;

    internal PostgresServer(string connectionString, string? directory)
        : base("postgres", directory) =>
        // Without a pool no idle connection keeps a template from being copied.
        _administration = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false };

    public string Host => _administration.Host!;

    public int Port => _administration.Port;

    public string User => _administration.Username!;

    public string? Password => _administration.Password;

    /// <summary>
    /// A database with nothing in it, or a copy of the database <paramref name="template"/> (to which nobody may be
    /// connected at that moment); disposing drops it with its connections.
    /// </summary>
    public async Task<PostgresDatabase> CreateDatabaseAsync(CancellationToken cancellationToken, string template = "template0")
    {
        var name = $"test_{Guid.CreateVersion7():N}";
        await ExecuteAsync($"""CREATE DATABASE "{name}" TEMPLATE "{template}" """, cancellationToken);
        var connectionString = new NpgsqlConnectionStringBuilder(_administration.ConnectionString) { Database = name, Pooling = true };
        return new PostgresDatabase(this, name, connectionString.ConnectionString);
    }

    internal async Task DropDatabaseAsync(string name) =>
        await ExecuteAsync($"""DROP DATABASE IF EXISTS "{name}" WITH (FORCE)""", CancellationToken.None);

    private async Task ExecuteAsync(string sql, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(_administration.ConnectionString);
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
