using Npgsql;

namespace Gateway.Benchmarks;

/// <summary>A copy of a prepared database; disposing drops it.</summary>
internal sealed class DatabaseCopy(string administration, string name) : IAsyncDisposable
{
    public string ConnectionString { get; } = new NpgsqlConnectionStringBuilder(administration) { Database = name }.ConnectionString;

    public static async Task<DatabaseCopy> CreateAsync(string administration, string original, string name, CancellationToken cancellationToken)
    {
        await ExecuteAsync(administration, $"CREATE DATABASE {name} TEMPLATE {original}", cancellationToken);
        // Else what the copying left to write to the disk would be measured.
        await ExecuteAsync(administration, "CHECKPOINT", cancellationToken);
        return new DatabaseCopy(administration, name);
    }

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        await ExecuteAsync(administration, $"DROP DATABASE {name} WITH (FORCE)", CancellationToken.None);
    }

    private static async Task ExecuteAsync(string connectionString, string sql, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
