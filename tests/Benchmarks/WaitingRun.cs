using Gateway.Testing.Workers;
using Npgsql;
using NpgsqlTypes;

namespace Gateway.Benchmarks;

/// <summary>
/// The waiting room with 1,000,000 retries of 10,000 merchants that are due in days. First 100,000 retries for 2,000 other merchants fall
/// due at one moment, and go. Then 2,000 a second come and go: as many webhooks as fall due at that rate fail again and again, with a tenth
/// of the measured time between two attempts, so that each comes back about ten times.
/// </summary>
internal static class WaitingRun
{
    private const int PerSecond = 2_000;
    private const int FailingMerchants = 10_000;
    private const int WorkingMerchants = 2_000;

    // What one that comes and goes spends between due and entered again.
    private static readonly TimeSpan OnTheRoad = TimeSpan.FromMilliseconds(250);

    private static readonly TimeSpan LeastNotice = TimeSpan.FromSeconds(10);

    public static async Task RunAsync(CancellationToken cancellationToken)
    {
        var measured = TimeSpan.FromSeconds(BenchmarkEnvironment.Number("BENCH_SECONDS"));
        var delay = measured / 10;
        var merchant = BenchmarkEnvironment.Merchant;
        await using var servers = await FreshServers.CreateAsync(cancellationToken);
        var environment = new Dictionary<string, string>(WorkerRun.EnvironmentFor(servers, merchant))
        {
            ["METRICS_OPEN"] = "true",
            // Each must be longer than the one before. Ten are measured, two come before, and the jitter may take some more.
            ["WEBHOOK_RETRY_DELAYS"] = string.Join(
                ',', Enumerable.Range((int)delay.TotalMilliseconds, 20).Select(milliseconds => $"{milliseconds}ms")),
        };
        await BenchmarkWorker.MigrateAsync(environment, cancellationToken);
        await using var database = NpgsqlDataSource.Create(servers.Postgres + ";Command Timeout=0");
        var failing = await WorkerRun.AddMerchantsAsync(database, new Uri(merchant, "/failing"), cancellationToken, FailingMerchants);
        var working = await WorkerRun.AddMerchantsAsync(database, new Uri(merchant, "/fast"), cancellationToken, WorkingMerchants);
        var waiting = BenchmarkEnvironment.Number("BENCH_WAITING");
        var later = TimeProvider.System.GetUtcNow() + TimeSpan.FromDays(2);
        await WaitingBacklog.FillAsync(database, failing, waiting, later, spread: TimeSpan.FromDays(30), cancellationToken);
        await TidyAsync(database, cancellationToken);

        await using var worker = await BenchmarkWorker.ServeAsync(environment);
        await ReleaseAsync(worker, database, working, BenchmarkEnvironment.WarmUp, cancellationToken);
        (await ReleaseAsync(worker, database, working, BenchmarkEnvironment.Count, cancellationToken)).Print();
        await TidyAsync(database, cancellationToken);
        (await ComeAndGoAsync(worker, servers, database, failing, measured, delay, cancellationToken)).Print();
    }

    private static async Task<Result> ReleaseAsync(
        WorkerProcess worker, NpgsqlDataSource database, IReadOnlyList<Guid> merchants, int count, CancellationToken cancellationToken)
    {
        var time = TimeProvider.System;
        // Time to write them: a machine writes more than 5,000 a second. In whole milliseconds, as exact as the database keeps it.
        var notice = LeastNotice + TimeSpan.FromSeconds(count / 5_000);
        var dueAt = DateTimeOffset.FromUnixTimeMilliseconds((time.GetUtcNow() + notice).ToUnixTimeMilliseconds());
        await WaitingBacklog.FillAsync(database, merchants, count, dueAt, spread: TimeSpan.Zero, cancellationToken);
        using var sink = new Sink();
        await sink.ResetAsync(cancellationToken);
        var metrics = await WorkerMetrics.ReadAsync(cancellationToken);
        var left = dueAt - time.GetUtcNow();
        if (left < TimeSpan.Zero)
        {
            throw new InvalidOperationException($"{count} retries could not be written within {notice}: the machine is too busy.");
        }

        await Task.Delay(left, time, cancellationToken);
        var cpu = ProcessTree.ReadCpuSeconds(worker.Id);
        var serverCpu = ServerCpu.Read();
        await Progress.WaitUntilAsync(sink.CountAsync, count, "received", TimeSpan.FromMilliseconds(10), cancellationToken);
        await Progress.WaitUntilAsync(RecordedAsync, count, "recorded", TimeSpan.FromMilliseconds(20), cancellationToken);
        return new Result
        {
            Seconds = (time.GetUtcNow() - dueAt).TotalSeconds,
            CpuSeconds = ProcessTree.ReadCpuSeconds(worker.Id) - cpu,
            ServerCpuSeconds = ServerCpu.Since(serverCpu),
            PeakMegabytes = ProcessTree.ReadPeakMegabytes(worker.Id),
            Peer = $"retries of {WorkingMerchants} merchants that are due at one moment; how late",
            Merchant = "fast",
            Concurrency = BenchmarkEnvironment.Concurrency,
            Count = count,
            MedianMilliseconds = await LatenessAsync(0.5),
            P99Milliseconds = await LatenessAsync(0.99),
            Repeated = (int)(await sink.CountAsync(cancellationToken) - count),
        };

        async Task<long> RecordedAsync(CancellationToken stop) => count - await CountAsync(database, dueAt, stop);

        async Task<double> LatenessAsync(double quantile) =>
            (await WorkerMetrics.ReadAsync(cancellationToken)).Since(metrics).LatenessMilliseconds(quantile);
    }

    private static async Task<Result> ComeAndGoAsync(
        WorkerProcess worker,
        FreshServers servers,
        NpgsqlDataSource database,
        IReadOnlyList<Guid> merchants,
        TimeSpan measured,
        TimeSpan delay,
        CancellationToken cancellationToken)
    {
        var sizes = await TableSize.ReadAsync(database, cancellationToken);
        var megabytes = ReadMegabytes(worker);
        var circulating = (int)((delay + OnTheRoad).TotalSeconds * PerSecond);
        await WebhookBacklog.PublishEvenlyAsync(servers.RabbitMq, merchants, PerSecond, circulating, _ => { }, cancellationToken);
        // Until even the last of them has come back.
        await Task.Delay(delay * 1.5, TimeProvider.System, cancellationToken);

        var metrics = await WorkerMetrics.ReadAsync(cancellationToken);
        var cpu = ProcessTree.ReadCpuSeconds(worker.Id);
        var serverCpu = ServerCpu.Read();
        var start = TimeProvider.System.GetTimestamp();
        await Task.Delay(measured, TimeProvider.System, cancellationToken);
        var came = (await WorkerMetrics.ReadAsync(cancellationToken)).Since(metrics);
        var seconds = TimeProvider.System.GetElapsedTime(start).TotalSeconds;
        return new Result
        {
            CpuSeconds = ProcessTree.ReadCpuSeconds(worker.Id) - cpu,
            ServerCpuSeconds = ServerCpu.Since(serverCpu),
            PeakMegabytes = ProcessTree.ReadPeakMegabytes(worker.Id),
            Seconds = seconds,
            Peer = "retries that come and go; how late",
            Merchant = "failing",
            Concurrency = BenchmarkEnvironment.Concurrency,
            Count = (int)came.Sum(WorkerMetrics.Released),
            MedianMilliseconds = came.LatenessMilliseconds(0.5),
            P99Milliseconds = came.LatenessMilliseconds(0.99),
            Waiting = new WaitingFigures
            {
                MegabytesBefore = megabytes,
                MegabytesAfter = ReadMegabytes(worker),
                SizesBefore = sizes,
                SizesAfter = await TableSize.ReadAsync(database, cancellationToken),
                Entries = await CountAsync(database, dueAt: null, cancellationToken),
                InPerSecond = came.Sum(WorkerMetrics.Attempts) / seconds,
                OutPerSecond = came.Sum(WorkerMetrics.Released) / seconds,
            },
        };
    }

    private static Dictionary<string, double> ReadMegabytes(WorkerProcess worker) =>
        new(ServerProcesses.Read(ProcessTree.ReadTreeMegabytes)) { ["worker"] = ProcessTree.ReadTreeMegabytes(worker.Id) };

    // As autovacuum would have left it, some time after so many came at once.
    private static async Task TidyAsync(NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        foreach (var sql in (string[])["vacuum (analyze) waiting_webhooks, waiting_leases, waiting_merchants", "checkpoint"])
        {
            await using var command = database.CreateCommand(sql);
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    private static async Task<long> CountAsync(NpgsqlDataSource database, DateTimeOffset? dueAt, CancellationToken cancellationToken)
    {
        await using var count = database.CreateCommand("select count(*) from waiting_webhooks where due_at = $1 or $1 is null");
        count.Parameters.Add(new NpgsqlParameter<DateTime?> { TypedValue = dueAt?.UtcDateTime, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        return (long)(await count.ExecuteScalarAsync(cancellationToken))!;
    }
}
