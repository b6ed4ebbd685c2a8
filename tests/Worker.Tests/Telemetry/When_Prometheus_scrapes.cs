using System.Net;
using Gateway.Persistence.GatewayTables;
using Gateway.Persistence.JobLog;
using Gateway.Persistence.Waiting;
using Gateway.Persistence.Wallets;
using Gateway.Testing.Workers;
using Gateway.Tests.Persistence;
using Gateway.Worker.Jobs;
using Gateway.Worker.Payments;
using Gateway.Worker.Webhooks;
using Gateway.Worker.Webhooks.Attempts;
using Gateway.Worker.Webhooks.Waiting;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.Worker.Tests.Telemetry;

// It hears the instruments of every worker in the process.
[Collection("Scraped")]
public sealed class When_Prometheus_scrapes
{
    private const string SolanaWallet = "7cVfgArCheMR6Cs4t6vz5rfnqd56vZq4ndaBrY5xkxXy";

    [Fact]
    public async Task Should_find_every_metric_that_the_documentation_lists_with_its_labels_and_no_other()
    {
        var documented = MetricsTable.Read();
        await using var worker = await EmbeddedWorker.StartAsync(
            ("SOLANA_NETWORK", "mainnet"), ("SOLANA_WALLET_ADDRESS", SolanaWallet), ("SOLANA_RPC_URL", "http://127.0.0.1:9"), ("BALANCE_CHECK_ENABLED", "false"));
        var state = new WalletState { Chain = "solana", Network = "mainnet", WalletAddress = SolanaWallet };
        await worker.AddAsync(SnapshotOf(SolanaWallet), state, SuccessOf(ExpirePaymentsJob.Definition));
        // A histogram has no series before its first value.
        var due = Rows.Waiting(Guid.CreateVersion7(), Rows.Noon);
        await worker.AddAsync(due, new WaitingMerchant { MerchantId = due.MerchantId, NextAt = due.DueAt, Rank = 0 });
        worker.Services.GetRequiredService<JobMetrics>().CountsOf("payment:expiry", "periodic").Attempted(JobState.Succeeded, 1, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2));
        worker.Services.GetRequiredService<ReleaseMetrics>().Sent(TimeSpan.FromSeconds(1));

        var scraped = await WaitUntilScrapedAsync(worker, exposition => exposition.Metrics.Count >= documented.Count);

        Assert.Equal(documented.OrderBy(m => m.Key, StringComparer.Ordinal), scraped.Metrics.OrderBy(m => m.Key, StringComparer.Ordinal));
    }

    [Fact]
    public async Task Should_find_counters_at_zero_before_anything_happened()
    {
        await using var worker = await EmbeddedWorker.StartAsync();

        var values = Exposition.Parse(await worker.ScrapeAsync()).Values;

        Assert.Equal(0, values["gateway_job_attempts_total job_type=\"webhook:delivery\",outcome=\"dead\",queue=\"webhooks_retry\""]);
        Assert.Equal(0, values["gateway_job_dead_letters_total job_type=\"report:daily_settlement\",queue=\"reports\""]);
        Assert.Equal(0, values["gateway_webhook_attempts_total outcome=\"timeout\""]);
    }

    [Fact]
    public async Task Should_find_no_merchant_unless_asked_for()
    {
        var silent = await CountAsync("false");
        var talkative = await CountAsync("true");

        Assert.Equal(1, silent["gateway_webhook_attempts_total outcome=\"gone\""]);
        Assert.Equal(1, talkative["gateway_webhook_attempts_total merchant_id=\"a-merchant\",outcome=\"gone\""]);
        Assert.DoesNotContain(silent.Keys, series => series.Contains("a-merchant", StringComparison.Ordinal));

        static async Task<IReadOnlyDictionary<string, double>> CountAsync(string hasMerchantLabel)
        {
            await using var worker = await EmbeddedWorker.StartAsync(("METRICS_MERCHANT_LABEL", hasMerchantLabel));
            var result = new AttemptResult { Outcome = AttemptOutcome.Gone, Duration = TimeSpan.Zero };
            worker.Services.GetRequiredService<WebhookMetrics>().Attempted(result, "a-merchant");
            return Exposition.Parse(await worker.ScrapeAsync()).Values;
        }
    }

    [Theory]
    [InlineData("false", HttpStatusCode.Unauthorized)]
    [InlineData("true", HttpStatusCode.OK)]
    public async Task Should_need_a_key_unless_the_metrics_are_open(string open, HttpStatusCode expected)
    {
        await using var worker = await EmbeddedWorker.StartAsync(("METRICS_OPEN", open), ("OPS_API_KEYS", $"prometheus:viewer:{new string('0', 64)}"));

        using var metrics = await worker.GetAsync("/metrics");
        using var other = await worker.GetAsync("/api/queues");

        Assert.Equal((expected, HttpStatusCode.Unauthorized), (metrics.StatusCode, other.StatusCode));
    }

    // The polled figures come with the first poll.
    private static async Task<Exposition> WaitUntilScrapedAsync(EmbeddedWorker worker, Func<Exposition, bool> isComplete)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(TimeSpan.FromSeconds(60));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (true)
        {
            var exposition = Exposition.Parse(await worker.ScrapeAsync());
            if (isComplete(exposition) || deadline.IsCancellationRequested)
            {
                return exposition;
            }

            try
            {
                await timer.WaitForNextTickAsync(deadline.Token);
            }
            catch (OperationCanceledException)
            {
                // What there is shows what is missing.
            }
        }
    }

    private static WalletBalanceSnapshot SnapshotOf(string wallet)
    {
        var now = TimeProvider.System.GetUtcNow().UtcDateTime;
        return new()
        {
            Chain = "solana",
            Network = "mainnet",
            WalletAddress = wallet,
            NativeBalance = 1.5m,
            NativeCurrency = "SOL",
            UsdtBalance = 2_000m,
            UsdcBalance = 0m,
            TotalUsdValue = 2_000m,
            SnapshotAt = now,
            CreatedAt = now,
        };
    }

    private static JobRun SuccessOf(JobDefinition job) => new()
    {
        RunId = Guid.CreateVersion7(),
        JobId = Guid.CreateVersion7(),
        JobType = job.Type,
        Queue = job.Queue,
        Attempt = 1,
        State = JobState.Succeeded,
        StartedAt = TimeProvider.System.GetUtcNow().UtcDateTime,
        DurationMs = 1,
    };
}
