using Gateway.Persistence;
using Gateway.Worker.Jobs;
using Gateway.Worker.Outbox;
using Gateway.Worker.Payments;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Gateway.Benchmarks;

/// <summary>
/// Expires 100,000 due payments of 1,000,000: by one raw statement that also writes the outbox's rows, and by the worker's job.
/// Both begin with a copy of the same database.
/// </summary>
internal static class ExpiryRun
{
    private const int Payments = 1_000_000;
    private const int Due = 100_000;

    // The bodies are of the same size as the worker's; ids and amounts do not matter here.
    private const string RawExpiry =
        """
        with expired as (
            update payments set status = 'expired', updated_at = now() at time zone 'utc'
            where status in ('created', 'pending') and deleted_at is null and expires_at <= now() at time zone 'utc'
            returning id, merchant_id, payment_reference, order_id, expires_at, created_at)
        insert into outbox_messages (message_id, message_type, ordering_key, body, must_arrive, created_at)
        select gen_random_uuid(), type, id, case when must_arrive then webhook else event end, must_arrive, now()
        from expired, (values ('Gateway.Contracts.PaymentExpired', false), ('Gateway.Contracts.DeliverWebhook', true)) as message (type, must_arrive),
            lateral (select json_build_object('payment_id', id, 'merchant_id', merchant_id, 'expired_at', now())::text as event) e,
            lateral (select json_build_object('delivery_id', id, 'merchant_id', merchant_id, 'event', 'payment.expired', 'payload', json_build_object(
                'payment_id', id, 'payment_reference', payment_reference, 'order_id', order_id, 'status', 'expired', 'amount_vnd', '150000.00',
                'amount_crypto', '5.90551181', 'currency', 'USDT', 'chain', 'bsc', 'created_at', created_at, 'expires_at', expires_at,
                'expired_at', now()), 'attempt', 0, 'occurred_at', now())::text as webhook) w
        """;

    public static async Task RunAsync(CancellationToken cancellationToken)
    {
        // The worker that expires payments has run for days: what the JIT and EF Core do once is not measured.
        await using var small = await FreshServers.CreateAsync(cancellationToken);
        await BenchmarkWorker.MigrateAsync(small.ToWorkerEnvironment(), cancellationToken);
        await FillAsync(small.Postgres, Payments / 20, cancellationToken);
        await ExpireAsync(small.Postgres, cancellationToken);

        await using var servers = await FreshServers.CreateAsync(cancellationToken);
        await BenchmarkWorker.MigrateAsync(servers.ToWorkerEnvironment(), cancellationToken);
        await FillAsync(servers.Postgres, Payments, cancellationToken);

        await using (var copy = await servers.CopyDatabaseAsync(cancellationToken))
        {
            await MeasureAsync("payment expiry, one raw statement", () => ExecuteAsync(copy.ConnectionString, RawExpiry, cancellationToken));
        }

        await using (var copy = await servers.CopyDatabaseAsync(cancellationToken))
        {
            await MeasureAsync("payment expiry, the worker's job", () => ExpireAsync(copy.ConnectionString, cancellationToken));
            var expired = await QueryAsync(copy.ConnectionString, "select count(*) from payments where status = 'expired'", cancellationToken);
            if (expired != Due)
            {
                throw new InvalidOperationException($"{expired} payments have expired, not {Due}.");
            }
        }
    }

    private static async Task ExpireAsync(string connectionString, CancellationToken cancellationToken)
    {
        await using var services = new ServiceCollection()
            .AddLogging()
            .AddSingleton(TimeProvider.System)
            .AddSingleton<OutboxSignal>()
            .AddSingleton<ExpirePaymentsJob>()
            .AddGatewayPostgres(connectionString)
            .BuildServiceProvider();
        await services.GetRequiredService<ExpirePaymentsJob>().RunAsync(
            new() { RunAt = TimeProvider.System.GetUtcNow() }, new JobAttempt(Guid.CreateVersion7(), 1), cancellationToken);
    }

    private static async Task MeasureAsync(string peer, Func<Task> work)
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
            Count = Due,
        }.Print();
    }

    private static async Task FillAsync(string connectionString, int payments, CancellationToken cancellationToken)
    {
        await ExecuteAsync(
            connectionString,
            $"""
            insert into merchants (id, email, business_name, owner_full_name, created_at, updated_at)
            select gen_random_uuid(), n || '@example.com', 'Merchant', 'Owner', now(), now() from generate_series(1, 1000) n;

            insert into payments (id, merchant_id, amount_vnd, amount_crypto, currency, chain, exchange_rate, order_id, status,
                payment_reference, destination_wallet, expires_at, created_at, updated_at)
            select gen_random_uuid(), merchants[1 + n % 1000], 150000, 5.90551181, 'USDT', 'bsc', 25400, 'order ' || n,
                case when n % {Payments / Due} = 0 then 'pending' when n % 7 = 0 then 'failed' else 'completed' end,
                'reference ' || n, '0x0', utc - n * interval '1 s', utc - n * interval '1 s' - interval '30 min', utc
            from generate_series(1, {payments}) n, (select array_agg(id) as merchants from merchants) m, (select now() at time zone 'utc' as utc) clock;
            """,
            cancellationToken);
        await ExecuteAsync(connectionString, "vacuum analyze payments", cancellationToken);
        await ExecuteAsync(connectionString, "checkpoint", cancellationToken);
        NpgsqlConnection.ClearAllPools();
    }

    private static async Task ExecuteAsync(string connectionString, string sql, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task<long> QueryAsync(string connectionString, string sql, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }
}
