using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Npgsql;
using RabbitMQ.Client;

namespace Gateway.Benchmarks;

/// <summary>From the start of the process until it is ready, and until the merchant has a webhook that waited for it; then what it holds while idle.</summary>
internal static class StartupRun
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    public static async Task RunAsync(CancellationToken cancellationToken)
    {
        var received = new ConcurrentDictionary<string, TaskCompletionSource<long>>();
        await using var merchant = await StartMerchantAsync(received, cancellationToken);
        var url = new Uri(merchant.Urls.Single());
        await using var servers = await FreshServers.CreateAsync(cancellationToken);
        var environment = WorkerRun.EnvironmentFor(servers, url);
        await BenchmarkWorker.MigrateAsync(environment, cancellationToken);
        await using var database = NpgsqlDataSource.Create(servers.Postgres);
        var merchants = await WorkerRun.AddMerchantsAsync(database, url, cancellationToken);

        // The first start declares the queues.
        await (await BenchmarkWorker.ServeAsync(environment)).DisposeAsync();

        foreach (var worker in PublishedWorker.FromEnvironment())
        {
            var id = Guid.CreateVersion7();
            var comes = received[id.ToString()] = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
            await PublishAsync(servers.RabbitMq, id, merchants[0], cancellationToken);
            (await MeasureAsync(worker, environment, comes.Task, cancellationToken)).Print();
        }
    }

    private static async Task<Result> MeasureAsync(
        PublishedWorker published, IEnumerable<KeyValuePair<string, string>> environment, Task<long> comes, CancellationToken cancellationToken)
    {
        var api = BenchmarkEnvironment.Text("BENCH_WORKER_URL");
        using var client = new HttpClient { BaseAddress = new Uri(api) };
        var start = Stopwatch.GetTimestamp();
        using var process = published.Start(environment.Append(new("OPS_URL", api)));
        try
        {
            var ready = await WaitUntilReadyAsync(client, process, cancellationToken);
            var delivered = await comes.WaitAsync(Patience, cancellationToken);
            var cpu = ProcessTree.ReadCpuSeconds(process.Id);
            await Task.Delay(Idle, TimeProvider.System, cancellationToken);
            return new Result
            {
                Peer = published.Name,
                Merchant = "fast",
                Concurrency = 1,
                Count = 1,
                Seconds = Stopwatch.GetElapsedTime(start, delivered).TotalSeconds,
                CpuSeconds = cpu,
                ReadyMilliseconds = Stopwatch.GetElapsedTime(start, ready).TotalMilliseconds,
                FirstDeliveryMilliseconds = Stopwatch.GetElapsedTime(start, delivered).TotalMilliseconds,
                IdleMegabytes = ProcessTree.ReadMegabytes(process.Id, "VmRSS"),
                IdlePrivateMegabytes = ProcessTree.ReadMegabytes(process.Id, "RssAnon") + ProcessTree.ReadMegabytes(process.Id, "RssShmem"),
            };
        }
        finally
        {
            using var kill = Process.Start("kill", ["-TERM", $"{process.Id}"]);
            await process.WaitForExitAsync(CancellationToken.None);
        }
    }

    private static async Task<long> WaitUntilReadyAsync(HttpClient client, Process process, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Poll);
        while (!process.HasExited)
        {
            try
            {
                using var answer = await client.GetAsync("healthz/ready", cancellationToken);
                if (answer.IsSuccessStatusCode)
                {
                    return Stopwatch.GetTimestamp();
                }
            }
            catch (HttpRequestException)
            {
                // Not listening yet: the same as not ready.
            }

            await timer.WaitForNextTickAsync(cancellationToken);
        }

        throw new InvalidOperationException($"The worker ended with exit code {process.ExitCode}: see {BenchmarkEnvironment.Text("BENCH_WORKER_LOG")}");
    }

    private static async Task PublishAsync(Uri rabbitMq, Guid id, Guid merchantId, CancellationToken cancellationToken)
    {
        await using var connection = await new ConnectionFactory { Uri = rabbitMq }.CreateConnectionAsync(cancellationToken);
        await using var channel = await connection.CreateChannelAsync(
            new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true), cancellationToken);
        await WebhookBacklog.PublishAsync(channel, id, merchantId, MessageFormat.Envelope, cancellationToken);
    }

    private static async Task<WebApplication> StartMerchantAsync(
        ConcurrentDictionary<string, TaskCompletionSource<long>> received, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.MapPost("/", (HttpContext context) =>
        {
            received[context.Request.Headers["webhook-id"].ToString()].TrySetResult(Stopwatch.GetTimestamp());
            return Results.NoContent();
        });
        await app.StartAsync(cancellationToken);
        return app;
    }
}
