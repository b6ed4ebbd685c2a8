using Gateway.Persistence;
using Gateway.Tests.Persistence;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Worker.Tests.Persistence;

/// <summary>A SQLite file in a folder of its own.</summary>
public sealed class SqliteDatabase : TestDatabase
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("gateway-");

    public string Path => System.IO.Path.Combine(_folder.FullName, "data", "gateway.db");

    protected override Task RegisterAsync(IServiceCollection services)
    {
        services.AddGatewaySqlite(Path);
        return Task.CompletedTask;
    }

    protected override ValueTask DropAsync()
    {
        SqliteConnection.ClearAllPools();
        _folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }
}
