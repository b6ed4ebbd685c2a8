using Gateway.Integration.Tests.Bus;
using Gateway.Persistence;
using Gateway.Persistence.Outbox;
using Gateway.Testing;
using Gateway.Testing.Servers;
using Gateway.Testing.Workers;
using Gateway.Worker.Bus;
using Gateway.Worker.Bus.DelayedSends;
using Gateway.Worker.Hosting;
using Gateway.Worker.Outbox;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace Gateway.Integration.Tests.Outbox;

/// <summary>A bus and its outbox, without the jobs.</summary>
public sealed class OutboxWorker : IAsyncDisposable
{
    private readonly IHost _host;

    private OutboxWorker(IHost host) => _host = host;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Starts one.</summary>
    /// <param name="virtualHost">Where it publishes.</param>
    /// <param name="database">Where its outbox is.</param>
    /// <param name="features">Its queues.</param>
    public static async Task<OutboxWorker> StartAsync(VirtualHost virtualHost, PostgresDatabase database, params BusFeature[] features)
    {
        var options = GatewayOptions.Read(WorkerEnvironment.For(virtualHost).ToConfiguration());
        var builder = BusHost.NewBuilder();
        builder.Services.AddGatewayPostgres(database.ConnectionString);
        builder.Services.AddGatewayBus(options.Bus, [new BusFeature(bus => bus.AddDelayedSends("kept", [TimeSpan.FromSeconds(1)]), (_, _) => { }), .. features]);
        builder.Services.AddOutbox(options.Mode, options.Metrics);
        var worker = new OutboxWorker(builder.Build());
        await worker._host.StartAsync(Cancellation);
        return worker;
    }

    /// <summary>Commits messages, as a job does.</summary>
    public async Task WriteAsync(params OutboxMessage[] messages)
    {
        await using var db = await Database().CreateDbContextAsync(Cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(Cancellation);
        await db.WriteOutboxAsync(messages, Cancellation);
        await transaction.CommitAsync(Cancellation);
    }

    /// <summary>The state of the outbox as soon as it is so.</summary>
    public Task<OutboxState> WaitUntilAsync(Func<OutboxState, bool> expected, string awaited) =>
        Eventually.Read(() => _host.Services.GetRequiredService<OutboxReader>().ReadAsync(Cancellation), expected, awaited);

    /// <summary>What the API names, as soon as it is so.</summary>
    public Task<IReadOnlyList<StuckMessage>> WaitUntilStuckAsync(Func<IReadOnlyList<StuckMessage>, bool> expected, string awaited) =>
        Eventually.Read(() => _host.Services.GetRequiredService<OutboxReader>().ListStuckAsync(20, Cancellation), expected, awaited);

    /// <summary>Reads the outbox.</summary>
    public async Task<List<OutboxMessage>> ReadAsync()
    {
        await using var db = await Database().CreateDbContextAsync(Cancellation);
        return await db.OutboxMessages.AsNoTracking().OrderBy(m => m.Position).ToListAsync(Cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync(CancellationToken.None);
        await ((IAsyncDisposable)_host).DisposeAsync();
    }

    private IDbContextFactory<GatewayDbContext> Database() => _host.Services.GetRequiredService<IDbContextFactory<GatewayDbContext>>();
}
