using Npgsql;

namespace Gateway.Integration.Tests.Persistence;

/// <summary>An empty database on the server that <c>TEST_POSTGRES</c> names; disposing drops it.</summary>
public sealed class FreshDatabase : IAsyncDisposable
{
    private readonly NpgsqlConnectionStringBuilder _administration;

    private FreshDatabase(string administration)
    {
        _administration = new NpgsqlConnectionStringBuilder(administration) { Pooling = false };
        ConnectionString = new NpgsqlConnectionStringBuilder(administration)
        {
            Database = $"test_{Guid.CreateVersion7():N}",

            // The business time zone, so that a time which depends on the session would show.
            Timezone = "Asia/Ho_Chi_Minh",
        };
    }

    public NpgsqlConnectionStringBuilder ConnectionString { get; }

    public static async Task<FreshDatabase> CreateAsync(CancellationToken cancellationToken)
    {
        var server = Environment.GetEnvironmentVariable("TEST_POSTGRES");
        var database = new FreshDatabase(!string.IsNullOrEmpty(server)
            ? server
            : throw new InvalidOperationException("TEST_POSTGRES is not set: it names the test server as an Npgsql connection string"));
        await database.AdministerAsync($"create database {database.ConnectionString.Database} template template0", cancellationToken);
        return database;
    }

    /// <summary>Runs SQL in the database, on a connection of its own.</summary>
    public async Task ExecuteAsync(string sql, CancellationToken cancellationToken) =>
        await ExecuteAsync(ConnectionString.ConnectionString, sql, cancellationToken);

    /// <summary>The first column of all rows, as text.</summary>
    public async Task<List<string>> QueryAsync(string sql, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(ConnectionString.ConnectionString);
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        List<string> rows = [];
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(reader.GetValue(0).ToString()!);
        }

        return rows;
    }

    public async ValueTask DisposeAsync()
    {
        await using (var connection = new NpgsqlConnection(ConnectionString.ConnectionString))
        {
            NpgsqlConnection.ClearPool(connection);
        }

        await AdministerAsync($"drop database {ConnectionString.Database} with (force)", CancellationToken.None);
    }

    private async Task AdministerAsync(string sql, CancellationToken cancellationToken) =>
        await ExecuteAsync(_administration.ConnectionString, sql, cancellationToken);

    private static async Task ExecuteAsync(string connectionString, string sql, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
