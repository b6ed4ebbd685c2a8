using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Gateway.Testing.Network;
using Npgsql;

namespace Gateway.Benchmarks;

/// <summary>
/// Twenty merchants get 200 webhooks a second in all: alone, and beside a merchant with 10,000 deliveries that hangs, refuses connections,
/// or answers 500. The first three and the first ten seconds beside it, in which its deliveries come to the worker for the first time,
/// count by themselves.
/// </summary>
internal static class IsolationRun
{
    private const int PerSecond = 200;
    private const int GoodMerchants = 20;
    private const int BadDeliveries = 10_000;
    private const int WarmUpSeconds = 15;
    private const int MeasuredSeconds = 60;

    // Counted from the same moment.
    private static readonly int[] FirstSeconds = [3, 10];

    public static async Task RunAsync(CancellationToken cancellationToken)
    {
        foreach (var bad in (string[])["hangs", "refuses", "fails"])
        {
            await RunAsync(bad, cancellationToken);
        }
    }

    private static async Task RunAsync(string bad, CancellationToken cancellationToken)
    {
        var sent = new ConcurrentDictionary<string, long>();
        var receipts = new ConcurrentBag<Receipt>();
        await using var merchant = await LatencyRun.StartMerchantAsync(sent, receipts, cancellationToken);
        var url = new Uri(merchant.Urls.Single());
        var unusedPort = FreePort.Find();
        var badUrl = bad switch
        {
            "hangs" => new Uri(url, "/hang"),
            "fails" => new Uri(url, "/fail"),
            _ => new Uri($"http://127.0.0.1:{unusedPort}/"),
        };

        await using var servers = await FreshServers.CreateAsync(cancellationToken);
        var environment = new Dictionary<string, string>(WorkerRun.EnvironmentFor(servers, url))
        {
            ["WEBHOOK_ALLOWED_PORTS"] = $"{url.Port},{unusedPort}",
            ["WEBHOOK_CIRCUIT_BREAKER"] = "true",
            ["WORKER_CONCURRENCY"] = "64",
            ["WEBHOOK_RETRY_DELAYS"] = "10s,1m,6m,36m,216m",
            ["METRICS_OPEN"] = "true",
        };
        await BenchmarkWorker.MigrateAsync(environment, cancellationToken);
        await using var database = NpgsqlDataSource.Create(servers.Postgres);
        var good = await WorkerRun.AddMerchantsAsync(database, url, cancellationToken, GoodMerchants);
        var unlucky = await WorkerRun.AddMerchantsAsync(database, badUrl, cancellationToken, count: 1);
        await using var worker = await BenchmarkWorker.ServeAsync(environment);

        await MeasureAsync("warm-up", [WarmUpSeconds], isPrinted: false);
        await MeasureAsync("alone", [MeasuredSeconds], isPrinted: true);
        var before = await WorkerMetrics.ReadAsync(cancellationToken);
        await WebhookBacklog.FillAsync(servers.RabbitMq, unlucky, BadDeliveries, MessageFormat.Envelope, cancellationToken);
        await MeasureAsync($"beside one that {bad}, its first {{0}} s", FirstSeconds, isPrinted: true);
        await MeasureAsync($"beside one that {bad}", [MeasuredSeconds], isPrinted: true);
        var moves = (await WorkerMetrics.ReadAsync(cancellationToken)).Since(before);
        var perDelivery = (moves.Sum(WorkerMetrics.PutAside) + moves.Sum(WorkerMetrics.Released)) / BadDeliveries;
        var attempts = await CountAttemptsAsync(database, unlucky[0], cancellationToken);
        var seconds = FirstSeconds[^1] + MeasuredSeconds;
        Console.Error.WriteLine($"{bad}: a delivery was put aside or released {perDelivery:F2} times; {attempts} attempts in the {seconds} s");

        // Publishes to the last of the seconds without a pause, and prints a row for each of them.
        async Task MeasureAsync(string what, int[] ends, bool isPrinted)
        {
            receipts.Clear();
            var cpu = ProcessTree.ReadCpuSeconds(worker.Id);
            var serverCpu = ServerCpu.Read();
            var start = Stopwatch.GetTimestamp();
            var rows = new List<Result>();
            foreach (var (from, to) in ends.Prepend(0).Zip(ends))
            {
                await LatencyRun.PublishAsync(servers.RabbitMq, good, sent, PerSecond, to - from, cancellationToken);
                rows.Add(new Result
                {
                    Seconds = Stopwatch.GetElapsedTime(start).TotalSeconds,
                    CpuSeconds = ProcessTree.ReadCpuSeconds(worker.Id) - cpu,
                    ServerCpuSeconds = ServerCpu.Since(serverCpu),
                    PeakMegabytes = ProcessTree.ReadPeakMegabytes(worker.Id),
                    Peer = $"{GoodMerchants} merchants at {PerSecond}/s",
                    Merchant = string.Format(CultureInfo.InvariantCulture, what, to),
                    Concurrency = 64,
                    Count = to * PerSecond,
                });
            }

            await LatencyRun.WaitUntilReceivedAsync(sent, cancellationToken);
            foreach (var row in isPrinted ? rows : [])
            {
                var milliseconds = receipts
                    .Where(receipt => Stopwatch.GetElapsedTime(start, receipt.PublishedAt).TotalSeconds < row.Seconds)
                    .Select(receipt => receipt.Milliseconds)
                    .Order()
                    .ToArray();
                (row with
                {
                    MedianMilliseconds = milliseconds[milliseconds.Length / 2],
                    P99Milliseconds = milliseconds[milliseconds.Length * 99 / 100],
                    Failed = row.Count - milliseconds.Length,
                }).Print();
            }
        }
    }

    private static async Task<long> CountAttemptsAsync(NpgsqlDataSource database, Guid merchant, CancellationToken cancellationToken)
    {
        await using var count = database.CreateCommand("SELECT count(*) FROM job_runs WHERE merchant_id = $1 AND attempt > 0");
        count.Parameters.Add(new() { Value = merchant.ToString() });
        return (long)(await count.ExecuteScalarAsync(cancellationToken))!;
    }
}
