using Gateway.Testing.Servers;
using Gateway.Testing.Workers;
using Npgsql;
using StackExchange.Redis;

namespace Gateway.Benchmarks;

/// <summary>A virtual host and a database with nothing in them, and an emptied Redis: each run starts from the same state.</summary>
internal sealed class FreshServers : IAsyncDisposable
{
    private readonly TestServers _servers;
    private readonly VirtualHost _virtualHost;
    private readonly PostgresDatabase _database;
    private readonly RedisDatabase _redis;

    private FreshServers(TestServers servers, VirtualHost virtualHost, PostgresDatabase database, RedisDatabase redis) =>
        (_servers, _virtualHost, _database, _redis) = (servers, virtualHost, database, redis);

    public Uri RabbitMq => _virtualHost.Uri;

    public string Postgres => WithoutPool(_database);

    public static async Task<FreshServers> CreateAsync(CancellationToken cancellationToken)
    {
        var servers = new TestServers();
        await using var redis = await ConnectionMultiplexer.ConnectAsync($"{servers.Redis.Host}:{servers.Redis.Port},allowAdmin=true");
        foreach (var server in redis.GetServers())
        {
            await server.FlushAllDatabasesAsync();
        }

        return new FreshServers(
            servers,
            await servers.RabbitMq.CreateVirtualHostAsync(cancellationToken),
            await servers.Postgres.CreateDatabaseAsync(cancellationToken),
            await servers.Redis.CreateDatabaseAsync());
    }

    /// <summary>What the worker is told about its servers.</summary>
    public Dictionary<string, string> ToWorkerEnvironment() => WorkerEnvironment.For(_virtualHost, _database, _redis);

    /// <summary>A copy of the database as it is now. Nobody may be connected to it.</summary>
    public async Task<PostgresDatabase> CopyDatabaseAsync(CancellationToken cancellationToken)
    {
        var copy = await _servers.Postgres.CreateDatabaseAsync(cancellationToken, template: _database.Name);
        await using var connection = new NpgsqlConnection(WithoutPool(copy));
        await connection.OpenAsync(cancellationToken);
        // Else what the copying left to write to the disk would be measured.
        await using var command = new NpgsqlCommand("CHECKPOINT", connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(cancellationToken);
        return copy;
    }

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        await _virtualHost.DisposeAsync();
        await _database.DisposeAsync();
        _redis.Dispose();
        await _servers.DisposeAsync();
    }

    private static string WithoutPool(PostgresDatabase database) =>
        new NpgsqlConnectionStringBuilder(database.ConnectionString) { Pooling = false }.ConnectionString;
}
