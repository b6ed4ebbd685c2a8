using System.Diagnostics.Metrics;
using Gateway.Contracts;
using Gateway.Persistence;
using Gateway.Persistence.GatewayTables;
using Gateway.Persistence.JobLog;
using Gateway.Testing;
using Gateway.Testing.Servers;
using Gateway.Worker.Hosting;
using Gateway.Worker.Jobs;
using Gateway.Worker.Mail;
using Gateway.Worker.Ops.Wallets;
using Gateway.Worker.Telemetry;
using Gateway.Worker.Wallets;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Npgsql;
using Xunit;

namespace Gateway.Integration.Tests.Wallets;

/// <summary>
/// The job that checks wallets, and the database that remembers. The worker's clock is a week slow; the database's is right, unless it goes
/// by that one too.
/// </summary>
public sealed class WalletsDatabase : IAsyncDisposable
{
    public const string SolanaWallet = "7cVfgArCheMR6Cs4t6vz5rfnqd56vZq4ndaBrY5xkxXy";
    public const string UsdtMint = "Es9vMFrzaCERmJfrF4H2FYD4KCoNkY11McCe8BenwNYB";
    public const string UsdcMint = "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v";

    private readonly PostgresDatabase _database;
    private readonly ServiceProvider _services;
    private readonly LogLines _log = new();
    private bool _goesByTime;

    private WalletsDatabase(PostgresDatabase database, Dictionary<string, string?> settings)
    {
        _database = database;
        var options = GatewayOptions.Read(new ConfigurationBuilder().AddInMemoryCollection(settings).Build());
        _services = new ServiceCollection()
            .AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(_log))
            .AddMetrics()
            .AddSingleton<TimeProvider>(Time)
            // A function in this schema is found before that of the database.
            .AddGatewayPostgres(new NpgsqlConnectionStringBuilder(database.ConnectionString) { SearchPath = "test, pg_catalog, public" }.ConnectionString)
            .AddMail(options.Mail)
            .AddWallets(options.Wallets)
            .BuildServiceProvider();
    }

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 11, 24, 1, 0, 0, TimeSpan.Zero));

    /// <summary>Every line that was logged, at any level.</summary>
    public string Log => _log.Text;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<WalletsDatabase> CreateAsync(TestServers servers, params IEnumerable<KeyValuePair<string, string?>> settings)
    {
        var all = new Dictionary<string, string?> { ["WALLET_RPC_TIMEOUT"] = "1s" };
        foreach (var (key, value) in settings)
        {
            all[key] = value;
        }

        return new(await servers.CreateMigratedDatabaseAsync(Cancellation), all);
    }

    /// <summary>The settings of a wallet on Solana.</summary>
    public static Dictionary<string, string?> OnSolana(params Uri[] rpc) => new()
    {
        ["SOLANA_NETWORK"] = "mainnet",
        ["SOLANA_WALLET_ADDRESS"] = SolanaWallet,
        ["SOLANA_RPC_URL"] = string.Join(",", rpc.AsEnumerable()),
    };

    /// <summary>Has the clocks of the database and of a chain go by <see cref="Time"/> from now on.</summary>
    public async Task GoByTimeAsync(RpcServer rpc)
    {
        await ExecuteAsync(
            """
            create schema test;
            create table test.clock (now timestamptz not null);
            insert into test.clock values (now());
            create function test.clock_timestamp() returns timestamptz language sql as 'select now from test.clock'
            """);
        (rpc.Clock, _goesByTime) = (Time, true);
    }

    /// <summary>Runs the job as its queue does.</summary>
    public async Task<string> CheckAsync()
    {
        if (_goesByTime)
        {
            await ExecuteAsync($"update test.clock set now = '{Time.GetUtcNow():O}'");
        }

        return await _services.GetRequiredService<IJob<CheckWalletBalances>>().RunAsync(
            new() { RunAt = Time.GetUtcNow() }, new JobAttempt(Guid.CreateVersion7(), 1), Cancellation);
    }

    /// <summary>The snapshots, the oldest first.</summary>
    public Task<List<WalletBalanceSnapshot>> SnapshotsAsync() => ReadAsync(db => db.WalletBalanceSnapshots.OrderBy(s => s.SnapshotAt));

    /// <summary>The events that wait in the outbox, by their names.</summary>
    public async Task<IReadOnlyList<string>> EventsAsync() =>
        [.. (await ReadAsync(db => db.OutboxMessages.OrderBy(m => m.Position).Select(m => m.MessageType))).Select(type => type.Split('.')[^1])];

    /// <summary>The wallets as the operators' API and the dashboard show them.</summary>
    public Task<IReadOnlyList<WalletResponse>> ShownAsync()
    {
        var contexts = _services.GetRequiredService<IDbContextFactory<GatewayDbContext>>();
        return new WalletOverview(_services.GetRequiredService<WalletOptions>(), contexts, new JobHistory(contexts), Time).ReadNowAsync(Cancellation);
    }

    /// <summary>What a gauge of whole numbers shows, by a worker that has just begun.</summary>
    public async Task<IReadOnlyList<int>> MeasureAsync(string gauge)
    {
        await using var meters = new ServiceCollection().AddMetrics().BuildServiceProvider();
        using var metrics = new WalletMetrics(
            _services.GetRequiredService<WalletOptions>(),
            _services.GetRequiredService<IDbContextFactory<GatewayDbContext>>(),
            new MetricsOptions(),
            meters.GetRequiredService<IMeterFactory>(),
            TimeProvider.System,
            NullLogger<WalletMetrics>.Instance);
        List<int> shown = [];
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (ReferenceEquals(instrument.Meter.Scope, meters.GetRequiredService<IMeterFactory>()) && instrument.Name == gauge)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<int>((_, value, _, _) => shown.Add(value));
        listener.Start();
        await metrics.StartAsync(Cancellation);
        await Eventually.Read(
            () =>
            {
                shown.Clear();
                listener.RecordObservableInstruments();
                return Task.FromResult(shown.Count);
            },
            count => count > 0,
            $"{gauge} is read");
        await metrics.StopAsync(Cancellation);
        return shown;
    }

    /// <summary>Reads through the worker's own model.</summary>
    public async Task<List<T>> ReadAsync<T>(Func<GatewayDbContext, IQueryable<T>> query)
    {
        await using var db = await _services.GetRequiredService<IDbContextFactory<GatewayDbContext>>().CreateDbContextAsync(Cancellation);
        return await query(db).ToListAsync(Cancellation);
    }

    /// <summary>Has the database end transactions that have been idle for so long, on connections that are opened from now on.</summary>
    public Task EndIdleTransactionsAsync(string after) =>
        ExecuteAsync($"alter database \"{_database.Name}\" set idle_in_transaction_session_timeout = '{after}'");

    public async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(_database.ConnectionString);
        await connection.OpenAsync(Cancellation);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await _database.DisposeAsync();
    }
}
