using System.Diagnostics.Metrics;
using Gateway.Persistence;
using Gateway.Testing.Servers;
using Gateway.Worker.Jobs;
using Gateway.Worker.Outbox;
using Gateway.Worker.Payments;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Npgsql;
using Xunit;

namespace Gateway.Integration.Tests.Payments;

/// <summary>A database with payments of one merchant, and the job that expires them.</summary>
public sealed class PaymentsDatabase : IAsyncDisposable
{
    private readonly PostgresDatabase _database;
    private readonly ServiceProvider _services;

    private PaymentsDatabase(PostgresDatabase database)
    {
        _database = database;
        _services = new ServiceCollection()
            .AddLogging()
            .AddSingleton<TimeProvider>(Clock)
            .AddMetrics()
            .AddSingleton<ExpiryMetrics>()
            .AddSingleton<OutboxSignal>()
            .AddSingleton<ExpirePaymentsJob>()
            .AddGatewayPostgres(database.ConnectionString)
            .BuildServiceProvider();
    }

    /// <summary>The worker's clock, which is an hour fast: the database's decides.</summary>
    public FakeTimeProvider Clock { get; } = new(TimeProvider.System.GetUtcNow().AddHours(1));

    public Guid MerchantId { get; } = Guid.CreateVersion7();

    public string ConnectionString => _database.ConnectionString;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<PaymentsDatabase> CreateAsync(TestServers servers)
    {
        var database = new PaymentsDatabase(await servers.CreateMigratedDatabaseAsync(Cancellation));
        await database.ExecuteAsync(
            """
            insert into merchants (id, email, business_name, owner_full_name, created_at, updated_at)
            values ($1, 'owner@example.com', 'Example', 'Owner', now() at time zone 'utc', now() at time zone 'utc')
            """,
            database.MerchantId);
        return database;
    }

    /// <summary>Adds payments.</summary>
    /// <param name="count">How many.</param>
    /// <param name="status">Their status.</param>
    /// <param name="dueIn">When their time is over, from now.</param>
    /// <param name="isDeleted">Whether the gateway has deleted them.</param>
    public Task AddPaymentsAsync(int count, string status, TimeSpan dueIn, bool isDeleted = false) => AddPaymentsAsync(
        _database.ConnectionString, MerchantId, count, status, dueIn, isDeleted);

    /// <inheritdoc cref="AddPaymentsAsync(int, string, TimeSpan, bool)"/>
    public static async Task AddPaymentsAsync(
        string connectionString, Guid merchantId, int count, string status, TimeSpan dueIn, bool isDeleted = false)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync(Cancellation);
        await using var insert = new NpgsqlCommand(
            """
            insert into payments (id, merchant_id, amount_vnd, amount_crypto, currency, chain, exchange_rate, order_id, status,
                payment_reference, destination_wallet, expires_at, created_at, updated_at, deleted_at)
            select gen_random_uuid(), $1, 150000.50, 5.90551181, 'USDT', 'bsc', 25400, 'order ' || n, $2,
                gen_random_uuid()::text, '0x0', utc + $4, utc + $4 - interval '30 min', utc, case when $5 then utc end
            from generate_series(1, $3) n, (select now() at time zone 'utc' as utc) as clock
            """,
            connection)
        {
            Parameters =
            {
                new() { Value = merchantId }, new() { Value = status }, new() { Value = count }, new() { Value = dueIn }, new() { Value = isDeleted },
            },
        };
        await insert.ExecuteNonQueryAsync(Cancellation);
    }

    /// <summary>Runs the job as its queue does.</summary>
    public Task<string> ExpireAsync() => _services.GetRequiredService<ExpirePaymentsJob>().RunAsync(
        new() { RunAt = TimeProvider.System.GetUtcNow() }, new JobAttempt(Guid.CreateVersion7(), 1), Cancellation);

    /// <summary>What <c>gateway.payments.not_expired</c> shows, by reason.</summary>
    public Dictionary<string, int> NotExpired()
    {
        var shown = new Dictionary<string, int>();
        // The instrument belongs to this database's own meters, not to those of a test beside it.
        var meters = _services.GetRequiredService<IMeterFactory>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (ReferenceEquals(instrument.Meter.Scope, meters) && instrument.Name == "gateway.payments.not_expired")
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<int>((_, value, tags, _) => shown.Add((string)tags[0].Value!, value));
        listener.Start();
        listener.RecordObservableInstruments();
        return shown;
    }

    /// <summary>Reads through the worker's own model.</summary>
    public async Task<List<T>> ReadAsync<T>(Func<GatewayDbContext, IQueryable<T>> query)
    {
        await using var db = await _services.GetRequiredService<IDbContextFactory<GatewayDbContext>>().CreateDbContextAsync(Cancellation);
        return await query(db).ToListAsync(Cancellation);
    }

    public async Task<T> QueryAsync<T>(string sql)
    {
        await using var connection = new NpgsqlConnection(_database.ConnectionString);
        await connection.OpenAsync(Cancellation);
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync(Cancellation))!;
    }

    public async Task<int> ExecuteAsync(string sql, params object[] values)
    {
        await using var connection = new NpgsqlConnection(_database.ConnectionString);
        await connection.OpenAsync(Cancellation);
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values)
        {
            command.Parameters.Add(new() { Value = value });
        }

        return await command.ExecuteNonQueryAsync(Cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await _database.DisposeAsync();
    }
}
