using System.Globalization;
using System.Text.RegularExpressions;
using Npgsql;
using Xunit;

namespace Gateway.Integration.Tests.Servers;

/// <summary>The PostgreSQL server of the tests.</summary>
public sealed partial class PostgresServer : TestServer
{
    private readonly string? _directory;
    private readonly NpgsqlConnectionStringBuilder _administration;

    internal PostgresServer(string connectionString, string? directory)
        : base("postgres", directory)
    {
        _directory = directory;
        _administration = new NpgsqlConnectionStringBuilder(connectionString)
        {
            // Without a pool no idle connection keeps a template from being copied.
            Pooling = false,
            // Also where a test lets nobody else write.
            Options = "-c default_transaction_read_only=off",
        };
    }

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
        var connectionString = new NpgsqlConnectionStringBuilder(_administration.ConnectionString) { Database = name, Pooling = true, Options = null };
        return new PostgresDatabase(this, name, connectionString.ConnectionString);
    }

    /// <summary>Starts a second server that follows this one, and takes no writes until it is promoted. It ends with this one's folder.</summary>
    /// <returns>Its port on the same host.</returns>
    public async Task<int> StartStandbyAsync(CancellationToken cancellationToken)
    {
        if (_directory is null)
        {
            Assert.Skip("the servers were given from outside and cannot be followed");
        }

        await ServersScript.RunAsync([_directory, "start", "standby"], cancellationToken);
        var settings = await File.ReadAllTextAsync(Path.Combine(_directory, "standby", "settings"), cancellationToken);
        return int.Parse(StandbyPort.Match(settings).Groups[1].Value, CultureInfo.InvariantCulture);
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

    [GeneratedRegex("^standby_port='?([0-9]+)", RegexOptions.Multiline)]
    private static partial Regex StandbyPort { get; }
}
