using System.Globalization;
using Gateway.Integration.Tests.Servers;
using Xunit;

namespace Gateway.Integration.Tests.Survival;

/// <summary>A database on which <c>migrate</c> has run, to be copied by each test.</summary>
public sealed class MigratedDatabase(TestServers servers) : IAsyncLifetime
{
    private PostgresDatabase? _database;

    public string Name => _database!.Name;

    public async ValueTask InitializeAsync()
    {
        _database = await servers.Postgres.CreateDatabaseAsync(TestContext.Current.CancellationToken);
        await WorkerProcess.RunAsync("migrate", SettingsFor(_database), TestContext.Current.CancellationToken);
    }

    public ValueTask DisposeAsync() => _database?.DisposeAsync() ?? ValueTask.CompletedTask;

    /// <summary>The environment variables that lead to a database.</summary>
    internal static Dictionary<string, string> SettingsFor(PostgresDatabase database) => new()
    {
        ["GATEWAY_MODE"] = "full",
        ["DB_HOST"] = database.Server.Host,
        ["DB_PORT"] = database.Server.Port.ToString(CultureInfo.InvariantCulture),
        ["DB_NAME"] = database.Name,
        ["DB_USER"] = database.Server.User,
        ["DB_PASSWORD"] = database.Server.Password ?? "",
    };
}
