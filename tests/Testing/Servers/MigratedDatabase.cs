using Gateway.Persistence;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Gateway.Testing.Servers;

/// <summary>A database that was migrated once, to be copied by each test that needs one.</summary>
internal sealed class MigratedDatabase : IAsyncDisposable
{
    private readonly PostgresServer _server;
    private readonly Lazy<Task<PostgresDatabase>> _original;

    public MigratedDatabase(PostgresServer server)
    {
        _server = server;
        _original = new(MigrateAsync);
    }

    public async Task<PostgresDatabase> CopyAsync(string? timeZone, CancellationToken cancellationToken) =>
        await _server.CreateDatabaseAsync(cancellationToken, (await _original.Value).Name, timeZone);

    public async ValueTask DisposeAsync()
    {
        if (_original.IsValueCreated && _original.Value.IsCompletedSuccessfully)
        {
            await (await _original.Value).DisposeAsync();
        }
    }

    // For all tests, so it does not end with the one that asks first.
    private async Task<PostgresDatabase> MigrateAsync()
    {
        var database = await _server.CreateDatabaseAsync(CancellationToken.None);
        // Who is connected to it keeps it from being copied, and a pool would stay so.
        var withoutPool = new NpgsqlConnectionStringBuilder(database.ConnectionString) { Pooling = false }.ConnectionString;
        await using var services = new ServiceCollection().AddLogging().AddGatewayPostgres(withoutPool).BuildServiceProvider();
        await services.GetRequiredService<GatewaySchema>().MigrateAsync(CancellationToken.None);
        return database;
    }
}
