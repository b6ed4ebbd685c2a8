using Npgsql;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Gateway.Benchmarks;

/// <summary>
/// One run of the worker: deliveries are queued, then the worker starts and drains them. The clock runs from the last
/// delivery of the warm-up to the moment when every delivery has been received and its record is committed; for a merchant that
/// fails from the moment when the retries of the warm-up wait in the delay queue to that when all of them do.
/// </summary>
internal static class WorkerRun
{
    // So many that no merchant's own concurrency limit is met.
    private const int Merchants = 1000;

    // A tick's jobs may fall into a run.
    private const string IsDelivery = "job_type = 'webhook:delivery'";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    public static async Task RunAsync(CancellationToken cancellationToken)
    {
        var merchant = BenchmarkEnvironment.Merchant;
        var format = Enum.Parse<MessageFormat>(BenchmarkEnvironment.Optional("BENCH_FORMAT") ?? nameof(MessageFormat.Envelope), ignoreCase: true);
        var total = BenchmarkEnvironment.WarmUp + BenchmarkEnvironment.Count;
        await using var servers = await FreshServers.CreateAsync(cancellationToken);
        var environment = EnvironmentFor(servers, merchant);

        await WorkerProcess.RunAsync("migrate", environment, cancellationToken);
        await using var database = NpgsqlDataSource.Create(servers.Postgres);
        var merchants = await AddMerchantsAsync(database, merchant, cancellationToken);

        // The first start declares the queues, as the worker wants them.
        await (await WorkerProcess.ServeAsync(environment, cancellationToken)).DisposeAsync();
        await QueueAsync(servers, merchants, total, format, cancellationToken);

        using var sink = new Sink();
        await sink.ResetAsync(cancellationToken);
        await using var worker = await WorkerProcess.ServeAsync(environment, cancellationToken);
        await using var broker = await new ConnectionFactory { Uri = servers.RabbitMq }.CreateConnectionAsync(cancellationToken);
        // A failed attempt is done when its retry waits in the delay queue.
        Func<long, Task<long>> done = merchant.AbsolutePath == "/failing"
            ? expected => ReachedAsync(
                stop => WaitingAsync(broker, "webhooks_retry.delay.1h", stop), expected, "scheduled again", TimeSpan.FromMilliseconds(20), cancellationToken)
            : expected => ReachedAsync(sink.CountAsync, expected, "received", TimeSpan.FromMilliseconds(10), cancellationToken);
        var warm = await done(BenchmarkEnvironment.WarmUp);
        var cpu = ProcessTree.ReadCpuSeconds(worker.Id);
        var serverCpu = ServerCpu.Read();
        var start = TimeProvider.System.GetTimestamp();

        await done(total);
        await ReachedAsync(
            stop => CountAsync(database, $"SELECT count(*) FROM job_runs WHERE {IsDelivery}", stop), total, "recorded", TimeSpan.FromMilliseconds(20), cancellationToken);

        // An initializer's expressions are evaluated in their order, so the clock is read first.
        var result = new Result
        {
            Seconds = TimeProvider.System.GetElapsedTime(start).TotalSeconds,
            CpuSeconds = ProcessTree.ReadCpuSeconds(worker.Id) - cpu,
            ServerCpuSeconds = ServerCpu.Since(serverCpu),
            PeakMegabytes = ProcessTree.ReadPeakMegabytes(worker.Id),
            Peer = format == MessageFormat.Plain ? "gateway worker, plain JSON" : "gateway worker",
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
    }

    /// <summary>The worker's configuration for a merchant on the loopback interface.</summary>
    public static IReadOnlyDictionary<string, string> EnvironmentFor(FreshServers servers, Uri merchant) =>
        new Dictionary<string, string>(servers.ToWorkerEnvironment())
        {
            ["WORKER_CONCURRENCY"] = $"{BenchmarkEnvironment.Concurrency}",
            ["WEBHOOK_ALLOW_HTTP"] = "true",
            ["WEBHOOK_ALLOWED_NETWORKS"] = "127.0.0.0/8",
            ["WEBHOOK_ALLOWED_PORTS"] = $"{merchant.Port}",
            // What failing costs is measured, not how few attempts a failing merchant gets.
            ["WEBHOOK_CIRCUIT_BREAKER"] = "false",
            // The failing merchant is measured by first attempts, so no retry comes within a run.
            ["WEBHOOK_RETRY_DELAYS"] = "1h,2h,3h,4h,5h",
        };

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

    private static async Task<long> WaitingAsync(IConnection broker, string queue, CancellationToken cancellationToken)
    {
        await using var channel = await broker.CreateChannelAsync(cancellationToken: cancellationToken);
        try
        {
            return await channel.MessageCountAsync(queue, cancellationToken);
        }
        catch (OperationInterruptedException exception) when (exception.ShutdownReason?.ReplyCode == Constants.NotFound)
        {
            // A delay queue comes with the first message for it.
            return 0;
        }
    }

    private static async Task<long> CountAsync(NpgsqlDataSource database, string sql, CancellationToken cancellationToken)
    {
        await using var count = database.CreateCommand(sql);
        return (long)(await count.ExecuteScalarAsync(cancellationToken))!;
    }

    private static async Task<long> ReachedAsync(
        Func<CancellationToken, Task<long>> count, long expected, string what, TimeSpan interval, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(interval);
        var best = -1L;
        var progress = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var now = await count(cancellationToken);
            if (now >= expected)
            {
                return now;
            }

            if (now > best)
            {
                (best, progress) = (now, TimeProvider.System.GetTimestamp());
            }
            else if (TimeProvider.System.GetElapsedTime(progress) > Patience)
            {
                throw new TimeoutException($"{now} of {expected} deliveries were {what}, and none for {Patience.TotalSeconds} s.");
            }

            await timer.WaitForNextTickAsync(cancellationToken);
        }
    }
}
