using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Gateway.Benchmarks;

/// <summary>How long a webhook takes from publishing to receipt, at a steady 500 a second with nothing queued before.</summary>
internal static class LatencyRun
{
    private const int PerSecond = 500;
    private const int WarmUpSeconds = 15;
    private const int MeasuredSeconds = 20;

    public static async Task RunAsync(CancellationToken cancellationToken)
    {
        var sent = new ConcurrentDictionary<string, long>();
        var receipts = new ConcurrentBag<Receipt>();
        await using var merchant = await StartMerchantAsync(sent, receipts, cancellationToken);
        var url = new Uri(merchant.Urls.Single());

        await using var servers = await FreshServers.CreateAsync(cancellationToken);
        var environment = WorkerRun.EnvironmentFor(servers, url);
        await BenchmarkWorker.MigrateAsync(environment, cancellationToken);
        await using var database = NpgsqlDataSource.Create(servers.Postgres);
        var merchants = await WorkerRun.AddMerchantsAsync(database, url, cancellationToken);
        await using var worker = await BenchmarkWorker.ServeAsync(environment);

        await PublishAsync(servers.RabbitMq, merchants, sent, PerSecond, WarmUpSeconds, cancellationToken);
        await WaitUntilReceivedAsync(sent, cancellationToken);
        receipts.Clear();
        var cpu = ProcessTree.ReadCpuSeconds(worker.Id);
        var serverCpu = ServerCpu.Read();
        var start = TimeProvider.System.GetTimestamp();
        await PublishAsync(servers.RabbitMq, merchants, sent, PerSecond, MeasuredSeconds, cancellationToken);
        await WaitUntilReceivedAsync(sent, cancellationToken);

        var milliseconds = receipts.Select(receipt => receipt.Milliseconds).Order().ToArray();
        new Result
        {
            Seconds = TimeProvider.System.GetElapsedTime(start).TotalSeconds,
            CpuSeconds = ProcessTree.ReadCpuSeconds(worker.Id) - cpu,
            ServerCpuSeconds = ServerCpu.Since(serverCpu),
            PeakMegabytes = ProcessTree.ReadPeakMegabytes(worker.Id),
            Peer = $"{BenchmarkWorker.Name} at {PerSecond}/s",
            Merchant = "fast",
            Concurrency = BenchmarkEnvironment.Concurrency,
            Count = milliseconds.Length,
            MedianMilliseconds = milliseconds[milliseconds.Length / 2],
            P99Milliseconds = milliseconds[milliseconds.Length * 99 / 100],
            Failed = (MeasuredSeconds * PerSecond) - milliseconds.Length,
        }.Print();
    }

    /// <summary>An endpoint that notes when each webhook comes; at <c>/hang</c> it never answers, at <c>/fail</c> it answers 500.</summary>
    public static async Task<WebApplication> StartMerchantAsync(
        ConcurrentDictionary<string, long> sent, ConcurrentBag<Receipt> receipts, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.MapPost("/", (HttpContext context) =>
        {
            if (sent.TryRemove(context.Request.Headers["webhook-id"].ToString(), out var publishedAt))
            {
                receipts.Add(new Receipt(publishedAt, Stopwatch.GetElapsedTime(publishedAt).TotalMilliseconds));
            }

            return Results.NoContent();
        });
        app.MapPost("/hang", (HttpContext context) => Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted));
        app.MapPost("/fail", () => Results.StatusCode(StatusCodes.Status500InternalServerError));
        await app.StartAsync(cancellationToken);
        return app;
    }

    /// <summary>Publishes evenly and notes when each webhook was published.</summary>
    public static Task PublishAsync(
        Uri rabbitMq,
        IReadOnlyList<Guid> merchants,
        ConcurrentDictionary<string, long> sent,
        int perSecond,
        int seconds,
        CancellationToken cancellationToken) =>
        WebhookBacklog.PublishEvenlyAsync(
            rabbitMq, merchants, perSecond, perSecond * seconds, id => sent[id.ToString()] = Stopwatch.GetTimestamp(), cancellationToken);

    /// <summary>Returns when the merchants have everything.</summary>
    public static async Task WaitUntilReceivedAsync(ConcurrentDictionary<string, long> sent, CancellationToken cancellationToken)
    {
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(30));
        while (!sent.IsEmpty)
        {
            await tick.WaitForNextTickAsync(patience.Token);
        }
    }
}
