using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Gateway.Benchmarks;

/// <summary>
/// Twenty merchants get 200 webhooks a second in all: alone, and beside a merchant with 10,000 deliveries that hangs, refuses connections,
/// or answers 500. The first seconds beside it, in which its deliveries come to the worker for the first time, count by themselves.
/// </summary>
internal static class IsolationRun
{
    private const int PerSecond = 200;
    private const int GoodMerchants = 20;
    private const int BadDeliveries = 10_000;
    private const int WarmUpSeconds = 15;
    private const int FirstSeconds = 10;
    private const int MeasuredSeconds = 60;

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
        var latencies = new ConcurrentBag<double>();
        await using var merchant = await LatencyRun.StartMerchantAsync(sent, latencies, cancellationToken);
        var url = new Uri(merchant.Urls.Single());
        var unusedPort = FindUnusedPort();
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
            ["Logging__LogLevel__Default"] = "Debug",
        };
        await WorkerProcess.RunAsync("migrate", environment, cancellationToken);
        await using var database = NpgsqlDataSource.Create(servers.Postgres);
        var good = await WorkerRun.AddMerchantsAsync(database, url, cancellationToken, GoodMerchants);
        var unlucky = await WorkerRun.AddMerchantsAsync(database, badUrl, cancellationToken, count: 1);
        await using var worker = await WorkerProcess.ServeAsync(environment, cancellationToken);

        await MeasureAsync("warm-up", WarmUpSeconds, isPrinted: false);
        await MeasureAsync("alone", MeasuredSeconds, isPrinted: true);
        var snoozesBefore = CountSnoozes();
        await WebhookBacklog.FillAsync(servers.RabbitMq, unlucky, BadDeliveries, MessageFormat.Envelope, cancellationToken);
        await MeasureAsync($"beside one that {bad}, its first seconds", FirstSeconds, isPrinted: true);
        await MeasureAsync($"beside one that {bad}", MeasuredSeconds, isPrinted: true);
        var attempts = await CountAttemptsAsync(database, unlucky[0], cancellationToken);
        Console.Error.WriteLine(
            $"{bad}: {(double)(CountSnoozes() - snoozesBefore) / BadDeliveries:F2} moves a delivery and {attempts} attempts in the {FirstSeconds + MeasuredSeconds} s");

        async Task MeasureAsync(string what, int seconds, bool isPrinted)
        {
            latencies.Clear();
            var cpu = ProcessTree.ReadCpuSeconds(worker.Id);
            var serverCpu = ServerCpu.Read();
            var start = TimeProvider.System.GetTimestamp();
            await LatencyRun.PublishAsync(servers.RabbitMq, good, sent, PerSecond, seconds, cancellationToken);
            if (!isPrinted)
            {
                return;
            }

            var milliseconds = latencies.Order().ToArray();
            new Result
            {
                Seconds = TimeProvider.System.GetElapsedTime(start).TotalSeconds,
                CpuSeconds = ProcessTree.ReadCpuSeconds(worker.Id) - cpu,
                ServerCpuSeconds = ServerCpu.Since(serverCpu),
                PeakMegabytes = ProcessTree.ReadPeakMegabytes(worker.Id),
                Peer = $"{GoodMerchants} merchants at {PerSecond}/s",
                Merchant = what,
                Concurrency = 64,
                Count = milliseconds.Length,
                MedianMilliseconds = milliseconds[milliseconds.Length / 2],
                P99Milliseconds = milliseconds[milliseconds.Length * 99 / 100],
                Failed = (seconds * PerSecond) - milliseconds.Length,
            }.Print();
        }
    }

    private static int CountSnoozes() => File.ReadLines(BenchmarkEnvironment.Text("BENCH_WORKER_LOG")).Count(line => line.Contains("has no room", StringComparison.Ordinal));

    private static async Task<long> CountAttemptsAsync(NpgsqlDataSource database, Guid merchant, CancellationToken cancellationToken)
    {
        await using var count = database.CreateCommand("SELECT count(*) FROM job_runs WHERE merchant_id = $1 AND attempt > 0");
        count.Parameters.Add(new() { Value = merchant.ToString() });
        return (long)(await count.ExecuteScalarAsync(cancellationToken))!;
    }

    private static int FindUnusedPort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
