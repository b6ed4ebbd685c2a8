using Gateway.Testing.Workers;
using Npgsql;

namespace Gateway.Benchmarks;

/// <summary>
/// One run of the worker: deliveries are queued, then the worker starts and drains them. The clock runs from the last
/// delivery of the warm-up to the moment when every delivery has been received and its record is committed; for a merchant that
/// fails its retry too, which then lies in the waiting room.
/// </summary>
internal static class WorkerRun
{
    // So many that no merchant's own concurrency limit is met.
    private const int Merchants = 1000;

    // A tick's jobs may fall into a run.
    private const string IsDelivery = "job_type = 'webhook:delivery'";

    private const string Untold = "SELECT count(*) FROM outbox_messages";

    public static async Task RunAsync(CancellationToken cancellationToken)
    {
        var merchant = BenchmarkEnvironment.Merchant;
        var isFailing = merchant.AbsolutePath == "/failing";
        var format = Enum.Parse<MessageFormat>(BenchmarkEnvironment.Optional("BENCH_FORMAT") ?? nameof(MessageFormat.Envelope), ignoreCase: true);
        var total = BenchmarkEnvironment.WarmUp + BenchmarkEnvironment.Count;
        await using var servers = await FreshServers.CreateAsync(cancellationToken);
        var environment = EnvironmentFor(servers, merchant);

        await BenchmarkWorker.MigrateAsync(environment, cancellationToken);
        await using var database = NpgsqlDataSource.Create(servers.Postgres);
        var merchants = await AddMerchantsAsync(database, merchant, cancellationToken);

        // The first start declares the queues, as the worker wants them.
        await (await BenchmarkWorker.ServeAsync(environment)).DisposeAsync();
        await QueueAsync(servers, merchants, total, format, cancellationToken);

        using var sink = new Sink();
        await sink.ResetAsync(cancellationToken);
        await using var worker = await BenchmarkWorker.ServeAsync(environment);
        var warm = await WaitUntilReceivedAsync(BenchmarkEnvironment.WarmUp);
        var cpu = ProcessTree.ReadCpuSeconds(worker.Id);
        var serverCpu = ServerCpu.Read();
        var start = TimeProvider.System.GetTimestamp();

        await WaitUntilReceivedAsync(total);
        await WaitUntilCountedAsync($"SELECT count(*) FROM job_runs WHERE {IsDelivery}", "recorded");
        if (isFailing)
        {
            await WaitUntilCountedAsync("SELECT count(*) FROM waiting_webhooks", "kept for a retry");
        }

        // An initializer's expressions are evaluated in their order, so the clock is read first.
        var result = new Result
        {
            Seconds = TimeProvider.System.GetElapsedTime(start).TotalSeconds,
            CpuSeconds = ProcessTree.ReadCpuSeconds(worker.Id) - cpu,
            ServerCpuSeconds = ServerCpu.Since(serverCpu),
            PeakMegabytes = ProcessTree.ReadPeakMegabytes(worker.Id),
            Peer = BenchmarkWorker.Name + (format == MessageFormat.Plain ? ", plain JSON" : ""),
            Merchant = merchant.AbsolutePath[1..],
            Concurrency = BenchmarkEnvironment.Concurrency,
            Count = (int)(total - warm),
            Failed = (int)await CountAsync(database, $"SELECT count(*) FROM job_runs WHERE {IsDelivery} AND state <> 1", cancellationToken),
            Repeated = (int)(await sink.CountAsync(cancellationToken) - total),
        };
        var recorded = await CountAsync(database, $"SELECT count(DISTINCT job_id) FROM job_runs WHERE {IsDelivery}", cancellationToken);
        if (recorded != total)
        {
            throw new InvalidOperationException($"{recorded} of {total} deliveries were recorded.");
        }

        result.Print();
        if (isFailing)
        {
            // What the sagas are told follows the attempts, and the next run is not to begin beside it.
            var untold = await CountAsync(database, Untold, cancellationToken);
            await Progress.WaitUntilAsync(
                async stop => -await CountAsync(database, Untold, stop), 0, "left in the outbox", TimeSpan.FromMilliseconds(100), cancellationToken);
            Console.Error.WriteLine($"failing: {untold} messages were still in the outbox when the last attempt was recorded");
        }

        Task<long> WaitUntilReceivedAsync(int expected) =>
            Progress.WaitUntilAsync(sink.CountAsync, expected, "received", TimeSpan.FromMilliseconds(10), cancellationToken);

        Task<long> WaitUntilCountedAsync(string sql, string what) =>
            Progress.WaitUntilAsync(stop => CountAsync(database, sql, stop), total, what, TimeSpan.FromMilliseconds(20), cancellationToken);
    }

    /// <summary>The worker's configuration for a merchant on the loopback interface.</summary>
    public static IReadOnlyDictionary<string, string> EnvironmentFor(FreshServers servers, Uri merchant) =>
        servers.ToWorkerEnvironment().With(WorkerEnvironment.ForMerchantsAt(merchant.Port)).With(new Dictionary<string, string>
        {
            ["WORKER_CONCURRENCY"] = $"{BenchmarkEnvironment.Concurrency}",
            ["RABBITMQ_QUEUE_TYPE"] = BenchmarkEnvironment.QueueType,
            ["WEBHOOK_PARTITIONS"] = $"{BenchmarkEnvironment.Partitions}",
            // What failing costs is measured, not how few attempts a failing merchant gets.
            ["WEBHOOK_CIRCUIT_BREAKER"] = "false",
            // The failing merchant is measured by first attempts, so no retry comes within a run.
            ["WEBHOOK_RETRY_DELAYS"] = "1h,2h,3h,4h,5h",
        });

    private static async Task QueueAsync(
        FreshServers servers, IReadOnlyList<Guid> merchants, int total, MessageFormat format, CancellationToken cancellationToken)
    {
        var cpu = Environment.CpuUsage.TotalTime;
        var serverCpu = ServerCpu.Read();
        var start = TimeProvider.System.GetTimestamp();
        await WebhookBacklog.FillAsync(servers.RabbitMq, merchants, total, format, cancellationToken);
        new Result
        {
            Peer = "publishing with confirms, RabbitMQ.Client",
            Merchant = "none",
            Concurrency = WebhookBacklog.MostInFlight,
            Count = total,
            Seconds = TimeProvider.System.GetElapsedTime(start).TotalSeconds,
            CpuSeconds = (Environment.CpuUsage.TotalTime - cpu).TotalSeconds,
            ServerCpuSeconds = ServerCpu.Since(serverCpu),
        }.Print();
    }

    /// <summary>Adds merchants who all have the same endpoint.</summary>
    public static async Task<IReadOnlyList<Guid>> AddMerchantsAsync(
        NpgsqlDataSource database, Uri url, CancellationToken cancellationToken, int count = Merchants)
    {
        await using var insert = database.CreateCommand(
            """
            INSERT INTO merchants (id, email, business_name, owner_full_name, kyc_status, webhook_url, webhook_secret, status, created_at, updated_at)
            SELECT id, id || '@example.com', 'Merchant', 'Owner', 'approved', $2, $3, 'active', localtimestamp, localtimestamp FROM unnest($1) AS id
            """);
        Guid[] ids = [.. Enumerable.Range(0, count).Select(_ => Guid.CreateVersion7())];
        insert.Parameters.Add(new() { Value = ids });
        insert.Parameters.Add(new() { Value = url.ToString() });
        insert.Parameters.Add(new() { Value = WebhookSample.Secret });
        await insert.ExecuteNonQueryAsync(cancellationToken);
        return ids;
    }

    private static async Task<long> CountAsync(NpgsqlDataSource database, string sql, CancellationToken cancellationToken)
    {
        await using var count = database.CreateCommand(sql);
        return (long)(await count.ExecuteScalarAsync(cancellationToken))!;
    }
}
