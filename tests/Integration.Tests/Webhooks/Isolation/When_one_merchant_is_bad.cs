using Gateway.Persistence;
using Gateway.Persistence.JobLog;
using Gateway.Persistence.Webhooks;
using Gateway.Testing;
using Gateway.Testing.Merchants;
using Gateway.Testing.Network;
using Gateway.Testing.Servers;
using Gateway.Testing.Workers;
using Gateway.Worker.Webhooks.Endpoints;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.Integration.Tests.Webhooks.Isolation;

/// <summary>What trials found (docs/faults.md: H8).</summary>
public sealed class When_one_merchant_is_bad(When_one_merchant_is_bad.Worker worker) : IClassFixture<When_one_merchant_is_bad.Worker>
{
    private const int Waiting = 500;

    private EndpointHolds Holds => worker.Services.GetRequiredService<EndpointHolds>();

    [Fact]
    public async Task Should_hold_no_more_than_its_share_while_it_hangs_and_let_the_others_through()
    {
        var hangs = new TaskCompletionSource();
        var bad = (await worker.AddMerchant()).Answers(new MerchantAnswer(200) { Until = hangs.Task });
        var waiting = await Task.WhenAll(Enumerable.Range(0, Waiting).Select(_ => worker.Publish(bad)));
        for (var i = 0; i < Worker.MerchantConcurrency; i++)
        {
            await bad.WaitUntilReceivedAsync();
        }

        var good = (await worker.AddMerchant()).Answers(200);
        var deliveries = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => worker.Publish(good)));
        foreach (var delivery in deliveries)
        {
            Assert.Equal(JobState.Succeeded, Assert.Single(await worker.WaitUntilEndedAsync(delivery.DeliveryId)).State);
        }

        // All that time the bad one had its few attempts and nothing else; the others waited, which is no attempt.
        Assert.Equal(Worker.MerchantConcurrency, bad.Received.Count);
        hangs.SetResult();
        foreach (var delivery in waiting)
        {
            Assert.Equal((1, JobState.Succeeded), Last(await worker.WaitUntilEndedAsync(delivery.DeliveryId)));
        }

        Assert.Equal(Waiting, bad.Received.Count);
    }

    [Fact]
    public async Task Should_be_left_alone_while_it_fails_and_get_everything_when_it_is_back()
    {
        var bad = (await worker.AddMerchant()).Answers(500);
        var deliveries = await Task.WhenAll(Enumerable.Range(0, Waiting).Select(_ => worker.Publish(bad)));

        await WaitUntilLeftAloneAsync(bad);
        await Eventually.Read(() => worker.Broker.CountOf("webhooks"), count => count == 0, "nothing waits in the queue itself");
        Assert.InRange(bad.Received.Count, 8, 200);

        bad.Answers(200);
        foreach (var delivery in deliveries)
        {
            Assert.Equal(JobState.Succeeded, Last(await worker.WaitUntilEndedAsync(delivery.DeliveryId)).State);
        }
    }

    [Fact]
    public async Task Should_spend_few_attempts_on_an_address_that_refuses_connections()
    {
        var bad = await worker.AddMerchant(m => m.WebhookUrl = m.WebhookUrl!.Replace(new Uri(m.WebhookUrl).Authority, $"127.0.0.1:{worker.UnusedPort}", StringComparison.Ordinal));
        await Task.WhenAll(Enumerable.Range(0, Waiting).Select(_ => worker.Publish(bad)));
        await WaitUntilLeftAloneAsync(bad);
        await Eventually.Read(() => worker.Broker.CountOf("webhooks"), count => count == 0, "each of them was looked at");

        // H8: of 500 most were put aside without an attempt.
        Assert.InRange(await CountAttemptsAsync(bad), 1, 200);
        var good = (await worker.AddMerchant()).Answers(200);
        var delivery = await worker.Publish(good);

        Assert.Equal(JobState.Succeeded, Assert.Single(await worker.WaitUntilEndedAsync(delivery.DeliveryId)).State);
    }

    private async Task WaitUntilLeftAloneAsync(TestMerchant merchant) => await Eventually.Read(
        async () => Holds.Find(merchant.Key, await UrlOf(merchant)), hold => hold?.Reason == HoldReason.CircuitOpen, "its circuit is open");

    private async Task<int> CountAttemptsAsync(TestMerchant merchant)
    {
        await using var db = await worker.Services.GetRequiredService<IDbContextFactory<GatewayDbContext>>().CreateDbContextAsync(TestContext.Current.CancellationToken);
        return await db.JobRuns.CountAsync(run => run.MerchantId == merchant.Id && run.Attempt > 0, TestContext.Current.CancellationToken);
    }

    private async Task<string> UrlOf(TestMerchant merchant)
    {
        await using var db = await worker.Services.GetRequiredService<IDbContextFactory<GatewayDbContext>>().CreateDbContextAsync(TestContext.Current.CancellationToken);
        return (await db.Merchants.SingleAsync(m => m.Id == merchant.Key, TestContext.Current.CancellationToken)).WebhookUrl!;
    }

    private static (int Attempt, JobState State) Last(IReadOnlyList<JobRun> runs) => (runs[^1].Attempt, runs[^1].State);

    public sealed class Worker(TestServers servers) : TestWorker(
        servers,
        ("WORKER_CONCURRENCY", "16"),
        ("WEBHOOK_MERCHANT_CONCURRENCY", "4"),
        ("WEBHOOK_RETRY_DELAYS", "200ms,400ms,800ms,1600ms,3200ms"),
        ("WEBHOOK_CIRCUIT_BREAK", "500ms"))
    {
        public const int MerchantConcurrency = 4;

        /// <summary>A port at which nobody listens.</summary>
        public int UnusedPort { get; } = FreePort.Find();

        protected override IEnumerable<(string Variable, string Value)> MoreSettings => [.. base.MoreSettings, ("WEBHOOK_ALLOWED_PORTS", $"{MerchantPort},{UnusedPort}")];
    }
}
