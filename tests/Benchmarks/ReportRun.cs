using Gateway.Persistence;
using Gateway.Worker.Calendar;
using Gateway.Worker.Settlement;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Gateway.Benchmarks;

/// <summary>
/// The settlement report of a day with 1,000,000 payments among 10,000,000, and the aggregates alone as one raw query; what the indexes
/// that it needs cost the gateway when it adds payments.
/// </summary>
internal static class ReportRun
{
    private const int Payments = 10_000_000;
    private const int OfDay = 1_000_000;
    private const int Added = 200_000;
    private const int Turns = 5;

    private static readonly DateOnly Day = new(2026, 11, 10);

    private static readonly string[] Indexes =
    [
        "create index on payments (created_at)",
        "create index on payments (confirmed_at) where status = 'completed'",
        "create index on payments (expires_at) where status = 'expired'",
        "create index on payments (updated_at) where status = 'failed'",
    ];

    // Written apart from the report's own statement: what an analyst would ask for, with the same definitions.
    private const string RawAggregates =
        """
        select merchant_id,
            count(*) filter (where created_at >= '2026-11-10' and created_at < '2026-11-11'),
            sum(amount_vnd) filter (where created_at >= '2026-11-10' and created_at < '2026-11-11'),
            count(*) filter (where status = 'completed' and confirmed_at >= '2026-11-10' and confirmed_at < '2026-11-11'),
            sum(amount_vnd) filter (where status = 'completed' and confirmed_at >= '2026-11-10' and confirmed_at < '2026-11-11'),
            sum(coalesce(fee_vnd, round(amount_vnd * fee_percentage, 2))) filter (where status = 'completed' and confirmed_at >= '2026-11-10' and confirmed_at < '2026-11-11'),
            count(*) filter (where status = 'expired' and expires_at >= '2026-11-10' and expires_at < '2026-11-11'),
            sum(amount_vnd) filter (where status = 'expired' and expires_at >= '2026-11-10' and expires_at < '2026-11-11'),
            count(*) filter (where status = 'failed' and updated_at >= '2026-11-10' and updated_at < '2026-11-11'),
            sum(amount_vnd) filter (where status = 'failed' and updated_at >= '2026-11-10' and updated_at < '2026-11-11')
        from payments
        where deleted_at is null and (created_at >= '2026-11-10' and created_at < '2026-11-11'
            or status = 'completed' and confirmed_at >= '2026-11-10' and confirmed_at < '2026-11-11'
            or status = 'expired' and expires_at >= '2026-11-10' and expires_at < '2026-11-11'
            or status = 'failed' and updated_at >= '2026-11-10' and updated_at < '2026-11-11')
        group by merchant_id
        """;

    public static async Task RunAsync(CancellationToken cancellationToken)
    {
        await using var servers = await FreshServers.CreateAsync(cancellationToken);
        await BenchmarkWorker.MigrateAsync(servers.ToWorkerEnvironment(), cancellationToken);
        await using var database = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(servers.Postgres) { CommandTimeout = 0 }.ConnectionString);
        await ExecuteAsync(
            database,
            "insert into merchants (id, email, business_name, owner_full_name, created_at, updated_at) select gen_random_uuid(), n || '@example.com', 'Merchant ' || n, 'Owner', now(), now() from generate_series(1, 1000) n",
            cancellationToken);
        // Ten days, from the fifth to the fourteenth.
        await AddAsync(database, "2026-11-05", 1, Payments, cancellationToken);
        await ExecuteAsync(database, "vacuum (analyze) payments", cancellationToken);

        await MeasureAsync("adding payments, no index for the report", Added, () => AddAsync(database, "2026-11-20", Payments + 1, Added, cancellationToken));
        foreach (var index in Indexes)
        {
            await ExecuteAsync(database, index, cancellationToken);
        }

        await MeasureAsync("adding payments, indexes for the report", Added, () => AddAsync(database, "2026-11-20", Payments + Added + 1, Added, cancellationToken));
        await ExecuteAsync(database, "vacuum (analyze) payments", cancellationToken);

        await using var services = new ServiceCollection()
            .AddLogging()
            .AddSingleton(TimeProvider.System)
            .AddSingleton(new BusinessTime(TimeZoneInfo.Utc))
            .AddSingleton(new SettlementOptions(LookbackDays: 7))
            .AddSingleton<SettlementWriter>()
            .AddGatewayPostgres(servers.Postgres)
            .BuildServiceProvider();
        var reports = services.GetRequiredService<SettlementWriter>();
        // What the JIT and EF Core do once is not measured, and both find the day's pages in memory.
        await reports.WriteAsync(Day.AddDays(1), cancellationToken);
        await ExecuteAsync(database, RawAggregates, cancellationToken);

        // Several times by turns, because preparing takes minutes.
        for (var turn = 0; turn < Turns; turn++)
        {
            await MeasureAsync("settlement report, one raw query", OfDay, () => ExecuteAsync(database, RawAggregates, cancellationToken));
            await MeasureAsync("settlement report, the worker's", OfDay, () => reports.WriteAsync(Day, cancellationToken));
        }
    }

    private static Task AddAsync(NpgsqlDataSource database, string from, int first, int count, CancellationToken cancellationToken) => ExecuteAsync(
        database,
        $"""
        insert into payments (id, merchant_id, amount_vnd, amount_crypto, currency, chain, exchange_rate, status, payment_reference,
            destination_wallet, expires_at, confirmed_at, fee_vnd, created_at, updated_at)
        select gen_random_uuid(), merchants[1 + n % 1000], 100000 + n % 100000, 5.9, 'USDT', 'bsc', 25400,
            case when n % 10 < 8 then 'completed' when n % 10 = 8 then 'expired' else 'failed' end, 'reference ' || n, '0x0',
            at + interval '30 min', case when n % 10 < 8 then at + interval '5 min' end, case when n % 3 <> 0 then 1000 end, at, at + interval '5 min'
        from generate_series({first}, {first + count - 1}) n, lateral (select timestamp '{from}' + (n % {Payments}) * interval '86.4 ms' as at) clock,
            (select array_agg(id) as merchants from merchants) m
        """,
        cancellationToken);

    private static async Task MeasureAsync(string peer, int count, Func<Task> work)
    {
        var cpu = Environment.CpuUsage.TotalTime;
        var serverCpu = ServerCpu.Read();
        var start = TimeProvider.System.GetTimestamp();
        await work();
        new Result
        {
            Seconds = TimeProvider.System.GetElapsedTime(start).TotalSeconds,
            CpuSeconds = (Environment.CpuUsage.TotalTime - cpu).TotalSeconds,
            ServerCpuSeconds = ServerCpu.Since(serverCpu),
            PeakMegabytes = ProcessTree.ReadPeakMegabytes(Environment.ProcessId),
            Peer = peer,
            Merchant = "none",
            Concurrency = 1,
            Count = count,
        }.Print();
    }

    private static async Task ExecuteAsync(NpgsqlDataSource database, string sql, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(sql);
        command.CommandTimeout = 0;
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
