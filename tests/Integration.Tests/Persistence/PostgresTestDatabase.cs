using Gateway.Persistence;
using Gateway.Tests.Persistence;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.Integration.Tests.Persistence;

/// <summary>A migrated database of one test class.</summary>
public sealed class PostgresTestDatabase : TestDatabase
{
    private FreshDatabase? _database;

    public FreshDatabase Database => _database ?? throw new InvalidOperationException("The database has not been created yet");

    protected override async Task RegisterAsync(IServiceCollection services)
    {
        _database = await FreshDatabase.CreateAsync(TestContext.Current.CancellationToken);
        services.AddGatewayPostgres(_database.ConnectionString.ConnectionString);
    }

    protected override ValueTask DropAsync() => _database?.DisposeAsync() ?? ValueTask.CompletedTask;
}
