using Gateway.Contracts;
using Gateway.Persistence;
using Gateway.Testing;
using Gateway.Testing.Servers;
using Gateway.Worker.Hosting;
using Gateway.Worker.Jobs;
using Gateway.Worker.Mail;
using Gateway.Worker.Settlement;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Npgsql;
using Xunit;

namespace Gateway.Integration.Tests.Settlement;

/// <summary>A database on the morning of 24 November 2026 in Ho Chi Minh City, and the job that writes its reports.</summary>
public sealed class SettlementDatabase : IAsyncDisposable
{
    private readonly PostgresDatabase _database;
    private readonly ServiceProvider _services;
    private readonly bool _isOwner;

    private SettlementDatabase(PostgresDatabase database, IReadOnlyDictionary<string, string?> settings, FakeTimeProvider time, bool isOwner)
    {
        (_database, Time, _isOwner) = (database, time, isOwner);
        var options = GatewayOptions.Read(new ConfigurationBuilder().AddInMemoryCollection(settings).Build());
        _services = new ServiceCollection()
            .AddLogging()
            .AddSingleton<TimeProvider>(Time)
            .AddGatewayPostgres(database.ConnectionString)
            .AddMail(options.Mail)
            .AddSettlement(options.Settlement, options.BusinessTime)
            .BuildServiceProvider();
    }

    public static DateOnly Yesterday { get; } = new(2026, 11, 23);

    public FakeTimeProvider Time { get; }

    public SettlementReports Reports => _services.GetRequiredService<SettlementReports>();

    public SettlementMailing Mailing => _services.GetRequiredService<SettlementMailing>();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<SettlementDatabase> CreateAsync(
        TestServers servers, IReadOnlyDictionary<string, string?>? settings = null, DateTimeOffset? now = null) => new(
            await servers.CreateMigratedDatabaseAsync(Cancellation),
            settings ?? new Dictionary<string, string?>(),
            new FakeTimeProvider(now ?? new DateTimeOffset(2026, 11, 24, 1, 0, 0, TimeSpan.Zero)) { AutoAdvanceAmount = TimeSpan.FromMilliseconds(1) },
            isOwner: true);

    /// <summary>A worker on the same database that is configured otherwise.</summary>
    public SettlementDatabase With(string key, string value) => new(_database, new Dictionary<string, string?> { [key] = value }, Time, isOwner: false);

    public async Task<Guid> AddMerchantAsync(string name)
    {
        var id = Guid.CreateVersion7();
        await ExecuteAsync(
            """
            insert into merchants (id, email, business_name, owner_full_name, created_at, updated_at)
            values ($1, $1::text || '@example.com', $2, 'Owner', now() at time zone 'utc', now() at time zone 'utc')
            """,
            id,
            name);
        return id;
    }

    /// <summary>Adds a payment that was completed in an instant.</summary>
    public Task AddCompletedAsync(Guid merchantId, DateTime confirmedAt, decimal amountVnd, decimal? feeVnd) => ExecuteAsync(
        """
        insert into payments (id, merchant_id, amount_vnd, amount_crypto, currency, chain, exchange_rate, status, payment_reference,
            destination_wallet, expires_at, confirmed_at, fee_vnd, created_at, updated_at)
        select gen_random_uuid(), $1, $3, 1, 'USDT', 'bsc', 25400, 'completed', gen_random_uuid()::text, '0x0', at, at, $4, at, at
        from (select $2 at time zone 'utc' as at) as instant
        """,
        merchantId,
        confirmedAt,
        amountVnd,
        (object?)feeVnd ?? DBNull.Value);

    /// <summary>Runs the job as its queue does.</summary>
    public Task<string> RunAsync(DateOnly? date = null, int attempt = 1, Guid? jobId = null) =>
        _services.GetRequiredService<IJob<GenerateSettlementReport>>().RunAsync(
        new() { Date = date }, new JobAttempt(jobId ?? Guid.CreateVersion7(), attempt), Cancellation);

    /// <summary>Runs the job, and again as long as another run has the mail.</summary>
    public async Task RunUntilMailedAsync()
    {
        while (true)
        {
            try
            {
                await RunAsync();
                return;
            }
            catch (JobFailedException failure) when (failure.Message.Contains("another run is mailing it", StringComparison.Ordinal))
            {
            }
        }
    }

    /// <summary>Writes the report of one day, as somebody does by hand, and returns its newest generation.</summary>
    public async Task<SettlementReport> WriteAsync(DateOnly date) => (await _services.GetRequiredService<SettlementWriter>().WriteAsync(date, Cancellation)).Asked;

    /// <summary>A generation of a day's report, or the newest.</summary>
    public async Task<SettlementReport> FindAsync(DateOnly date, int? generation = null)
    {
        var report = await Reports.FindAsync(date, generation, Cancellation);
        Assert.NotNull(report);
        return report;
    }

    /// <summary>A connection of its own.</summary>
    public async Task<NpgsqlConnection> ConnectAsync()
    {
        var connection = new NpgsqlConnection(_database.ConnectionString);
        await connection.OpenAsync(Cancellation);
        return connection;
    }

    /// <summary>Keeps a table from being read by others until the returned one is committed or disposed.</summary>
    public async Task<HeldTable> HoldAsync(string table)
    {
        var connection = await ConnectAsync();
        var held = new HeldTable(connection, await connection.BeginTransactionAsync(Cancellation));
        await held.ExecuteAsync($"lock table {table} in access exclusive mode");
        return held;
    }

    /// <summary>Awaits that somebody waits for a table that is held.</summary>
    public Task WaitUntilAwaitedAsync(string table) => Eventually.Read(
        async () => (long)(await QueryAsync($"select count(*) from pg_locks where not granted and relation = '{table}'::regclass"))[0],
        waiting => waiting > 0,
        $"somebody waits for {table}");

    /// <summary>Reads through the worker's own model.</summary>
    public async Task<List<T>> ReadAsync<T>(Func<GatewayDbContext, IQueryable<T>> query)
    {
        await using var db = await _services.GetRequiredService<IDbContextFactory<GatewayDbContext>>().CreateDbContextAsync(Cancellation);
        return await query(db).ToListAsync(Cancellation);
    }

    /// <summary>One row of plain SQL.</summary>
    public async Task<object[]> QueryAsync(string sql, params object[] values)
    {
        await using var connection = new NpgsqlConnection(_database.ConnectionString);
        await connection.OpenAsync(Cancellation);
        await using var command = CommandOf(connection, sql, values);
        await using var reader = await command.ExecuteReaderAsync(Cancellation);
        Assert.True(await reader.ReadAsync(Cancellation));
        var row = new object[reader.FieldCount];
        reader.GetValues(row);
        return row;
    }

    /// <summary>The lines of a statement's plan.</summary>
    public async Task<IReadOnlyList<string>> ExplainAsync(string sql, params object[] values)
    {
        await using var connection = await ConnectAsync();
        await using var command = CommandOf(connection, $"explain {sql}", values);
        await using var reader = await command.ExecuteReaderAsync(Cancellation);
        List<string> lines = [];
        while (await reader.ReadAsync(Cancellation))
        {
            lines.Add(reader.GetString(0));
        }

        return lines;
    }

    public async Task ExecuteAsync(string sql, params object[] values)
    {
        await using var connection = new NpgsqlConnection(_database.ConnectionString);
        await connection.OpenAsync(Cancellation);
        await using var command = CommandOf(connection, sql, values);
        await command.ExecuteNonQueryAsync(Cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        if (_isOwner)
        {
            await _database.DisposeAsync();
        }
    }

    private static NpgsqlCommand CommandOf(NpgsqlConnection connection, string sql, object[] values)
    {
        var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 120 };
        foreach (var value in values)
        {
            command.Parameters.Add(new() { Value = value });
        }

        return command;
    }
}
