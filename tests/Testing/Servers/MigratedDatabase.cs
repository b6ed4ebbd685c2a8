using Gateway.Testing.Workers;

namespace Gateway.Testing.Servers;

/// <summary>A database on which <c>migrate</c> has run once, to be copied by each test that needs one.</summary>
internal sealed class MigratedDatabase : IAsyncDisposable
{
    private readonly PostgresServer _server;
    private readonly Lazy<Task<PostgresDatabase>> _original;

    public MigratedDatabase(PostgresServer server)
    {
        _server = server;
        _original = new(MigrateAsync);
    }

    public async Task<PostgresDatabase> CopyAsync(CancellationToken cancellationToken) =>
        await _server.CreateDatabaseAsync(cancellationToken, (await _original.Value).Name);

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
        await WorkerCommand.MigrateAsync(WorkerEnvironment.For(database), CancellationToken.None);
        return database;
    }
}
