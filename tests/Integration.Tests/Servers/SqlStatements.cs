using Npgsql;
using Xunit;

namespace Gateway.Integration.Tests.Servers;

/// <summary>One statement on a connection of its own.</summary>
internal static class SqlStatements
{
    /// <summary>Runs the statement and returns its first value, if it has one.</summary>
    public static async Task<object?> ExecuteAsync(this PostgresDatabase database, string sql)
    {
        await using var connection = new NpgsqlConnection(database.ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
    }
}
