using System.Diagnostics;
using System.Globalization;
using System.Net;
using Gateway.Contracts;
using Gateway.Integration.Tests.Wallets;
using Gateway.Persistence.JobLog;
using Gateway.Testing;
using Gateway.Testing.Network;
using Gateway.Testing.Servers;
using Gateway.Testing.Workers;
using Xunit;

namespace Gateway.Integration.Tests.Telemetry;

[Collection(HearsTheWholeProcess.Name)]
public sealed class When_Prometheus_watches_a_worker(TestServers servers)
{
    private const string Webhooks = "webhook:delivery";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_answer_the_documented_queries()
    {
        await using var rpc = await RpcServer.StartAsync();
        rpc.Lamports = 2_500_000_000;
        rpc.Holds((WalletsDatabase.UsdtMint, 1_500_250_000));
        await using var worker = new Worker(servers, rpc.Url);
        await worker.InitializeAsync();
        var queries = DocumentedQueries.Read();
        Assert.Equal(5, queries.Count);
        var (success, latency, depth, retries, balance) = (queries[0], queries[1], queries[2], queries[3], queries[4]);

        // A rate needs a value from before: the first round brings the series into being, all of them before the first look at any, and
        // the second one is what is measured.
        await DeliverAsync(worker);
        await using var prometheus = await PrometheusServer.StartAsync(worker.Api.BaseAddress!, worker.ViewersApi.DefaultRequestHeaders.Authorization!.Parameter!);
        await Eventually.Read(
            () => prometheus.AskAsync("sum(gateway_job_latency_seconds_count)"), sum => sum.GetValueOrDefault("") >= 3, "the first round is scraped");
        var stopwatch = Stopwatch.StartNew();
        await DeliverAsync(worker);
        using (var check = await worker.Api.PostAsync("/api/jobs/check-wallet-balances", null, Cancellation))
        {
            Assert.Equal(HttpStatusCode.Accepted, check.StatusCode);
        }

        await Eventually.Read(
            () => prometheus.AskAsync("sum(gateway_job_latency_seconds_count)"), sum => sum.GetValueOrDefault("") >= 7, "the second round is scraped");
        var longest = stopwatch.Elapsed;

        // 2 of 3 deliveries succeed, with 1 + 2 + 3 attempts.
        Assert.Equal(2 / 3d, (await prometheus.AskAsync(success))[Webhooks], 6);
        Assert.Equal(3 / 6d, (await prometheus.AskAsync(retries))[Webhooks], 6);
        // The slowest waits 1.6 s and 1.9 s for its retries, at least 80 % of that: both together are beyond the bound of 2.5 s.
        Assert.InRange((await prometheus.AskAsync(latency))[Webhooks], 2.5, UpperBoundOf(longest));
        await Eventually.Read(
            () => prometheus.AskAsync(depth),
            depths => depths.GetValueOrDefault("webhooks dead") == 2 && depths["webhooks ready"] == 0 && depths["webhooks_retry delayed"] == 0,
            "both dead letters are in the depths, and nothing waits");
        var balances = await Eventually.Read(() => prometheus.AskAsync(balance), balances => balances.Count == 3, "the balances are there");
        Assert.Equal(2.5, balances[$"solana SOL {WalletsDatabase.SolanaWallet}"]);
        Assert.Equal(1500.25, balances[$"solana USDT {WalletsDatabase.SolanaWallet}"]);
        Assert.Equal(0, balances[$"solana USDC {WalletsDatabase.SolanaWallet}"]);
    }

    [Fact]
    public async Task Should_show_to_viewers_only_and_say_nothing_of_queues_while_the_broker_is_away()
    {
        var (broker, management) = (servers.RabbitMq, servers.RabbitMq.ManagementUrl);
        var (amqp, http) = (new TcpRelay(broker.Host, broker.Port), new TcpRelay(management.Host, management.Port));
        await using var worker = new Worker(servers, new Uri("http://127.0.0.1:9"), amqp, http);
        await worker.InitializeAsync();
        await Eventually.Read(() => ScrapeAsync(worker), text => text.Contains("gateway_queue_messages{", StringComparison.Ordinal), "the depths are there");

        using (var refused = await worker.StrangersApi.GetAsync("/metrics", Cancellation))
        {
            Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        }

        await amqp.DisposeAsync();
        await http.DisposeAsync();
        await Eventually.Read(() => ScrapeAsync(worker), text => !text.Contains("gateway_queue_", StringComparison.Ordinal), "the depths are gone");
        Assert.Contains("gateway_job_attempts_total{", await ScrapeAsync(worker), StringComparison.Ordinal);

        await using var amqpAgain = new TcpRelay(broker.Host, broker.Port, amqp.Port);
        await using var httpAgain = new TcpRelay(management.Host, management.Port, http.Port);
        await Eventually.Read(() => ScrapeAsync(worker), text => text.Contains("gateway_queue_messages{", StringComparison.Ordinal), "the depths are there again");
    }

    // One delivery that succeeds at once, one with its retry, and one that is given up.
    private static async Task DeliverAsync(Worker worker)
    {
        var (good, flaky, down) = (await worker.AddMerchant(), await worker.AddMerchant(), await worker.AddMerchant());
        good.Answers(200);
        flaky.Answers(503, 200);
        down.Answers(500);
        DeliverWebhook[] deliveries = [await worker.Publish(good), await worker.Publish(flaky), await worker.Publish(down)];
        var ends = await Task.WhenAll(deliveries.Select(async delivery => (await worker.WaitUntilEndedAsync(delivery.DeliveryId))[^1].State));
        Assert.Equal([JobState.Succeeded, JobState.Succeeded, JobState.Dead], ends);
    }

    // A quantile lies in a bucket, and is known no better than that.
    private static double UpperBoundOf(TimeSpan longest) => new double[] { 5, 10, 30, 60, 120, 300 }.First(bound => bound >= longest.TotalSeconds);

    private static Task<string> ScrapeAsync(Worker worker) => worker.ViewersApi.GetStringAsync("/metrics", Cancellation);

    private sealed class Worker(TestServers servers, Uri rpc, TcpRelay? amqp = null, TcpRelay? management = null) : TestWorker(
        servers,
        ("METRICS_INTERVAL", "500ms"),
        ("WEBHOOK_RETRY_DELAYS", "1600ms,1900ms"),
        ("SOLANA_NETWORK", "mainnet"),
        ("SOLANA_WALLET_ADDRESS", WalletsDatabase.SolanaWallet),
        ("SOLANA_RPC_URL", rpc.ToString()))
    {
        protected override IEnumerable<(string Variable, string Value)> MoreSettings => amqp is null || management is null
            ? base.MoreSettings
            : [("RABBITMQ_PORT", amqp.Port.ToString(CultureInfo.InvariantCulture)), ("RABBITMQ_MANAGEMENT_URL", $"http://127.0.0.1:{management.Port}")];
    }
}
