using Gateway.Persistence;
using Gateway.Persistence.Recording;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.Tests.Persistence;

/// <summary>A database of one test class, created by the program's own registration and migration.</summary>
public abstract class TestDatabase : IAsyncLifetime
{
    private ServiceProvider? _services;

    public IServiceProvider Services => _services ?? throw new InvalidOperationException("The database has not been created yet");

    public T Get<T>()
        where T : notnull => Services.GetRequiredService<T>();

    public GatewayDbContext CreateContext() => Get<IDbContextFactory<GatewayDbContext>>().CreateDbContext();

    /// <summary>Adds rows and returns when they are there.</summary>
    public async Task AddAsync(params object[] rows)
    {
        await using var db = CreateContext();
        db.AddRange(rows);
        await db.SaveChangesAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask InitializeAsync()
    {
        var services = new ServiceCollection().AddLogging();
        await RegisterAsync(services);
        _services = services.BuildServiceProvider();
        await Get<GatewaySchema>().MigrateAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (_services is not null)
        {
            await Get<JobRecorder>().DisposeAsync();
            await _services.DisposeAsync();
        }

        await DropAsync();
        GC.SuppressFinalize(this);
    }

    protected abstract Task RegisterAsync(IServiceCollection services);

    protected abstract ValueTask DropAsync();
}
