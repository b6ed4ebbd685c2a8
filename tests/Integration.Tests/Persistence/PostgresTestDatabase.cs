using Gateway.Persistence;
using Gateway.Testing.Servers;
using Gateway.Tests.Persistence;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.Integration.Tests.Persistence;

/// <summary>A migrated database of one test class.</summary>
public sealed class PostgresTestDatabase(TestServers servers) : TestDatabase
{
    private PostgresDatabase? _database;

    public PostgresDatabase Database => _database ?? throw new InvalidOperationException("The database has not been created yet");

    protected override async Task RegisterAsync(IServiceCollection services)
    {
        // The business time zone, so that a time which depends on the session would show.
        _database = await servers.CreateMigratedDatabaseAsync(TestContext.Current.CancellationToken, timeZone: "Asia/Ho_Chi_Minh");
        services.AddGatewayPostgres(_database.ConnectionString);
    }

    protected override ValueTask DropAsync() => _database?.DisposeAsync() ?? ValueTask.CompletedTask;
}
