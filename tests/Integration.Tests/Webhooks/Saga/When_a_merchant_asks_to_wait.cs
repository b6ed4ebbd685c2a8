using System.Globalization;
using Gateway.Persistence.JobLog;
using Gateway.Persistence.Waiting;
using Gateway.Testing.Merchants;
using Gateway.Testing.Servers;
using Gateway.Testing.Workers;
using Xunit;

namespace Gateway.Integration.Tests.Webhooks.Saga;

/// <summary>What trials found (docs/faults.md: F3).</summary>
public sealed class When_a_merchant_asks_to_wait(When_a_merchant_asks_to_wait.Worker worker) : IClassFixture<When_a_merchant_asks_to_wait.Worker>
{
    [Fact]
    public async Task Should_not_come_earlier_than_it_asks()
    {
        var merchant = (await worker.AddMerchant()).Answers(new MerchantAnswer(429) { RetryAfter = "1" }, new MerchantAnswer(200));

        await AssertThatTheRetryWaits(merchant, TimeSpan.FromSeconds(1));
    }

    // It is the endpoint that is left alone, and not the one message.
    [Fact]
    public async Task Should_leave_the_merchant_alone_with_its_other_webhooks_too()
    {
        var merchant = (await worker.AddMerchant()).Answers(new MerchantAnswer(503) { RetryAfter = "2" }, new MerchantAnswer(200));
        var first = await worker.Publish(merchant);
        await worker.WaitUntilWaitingAsync(first.DeliveryId);
        var askedAt = (await worker.WaitUntilRunsAsync(first.DeliveryId, count: 1))[0].StartedAt;

        var others = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => worker.Publish(merchant)));

        foreach (var other in others)
        {
            Assert.Equal(WaitReason.RetryAfter, (await worker.WaitUntilWaitingAsync(other.DeliveryId)).Reason);
        }

        foreach (var other in others)
        {
            var run = Assert.Single(await worker.WaitUntilEndedAsync(other.DeliveryId));
            Assert.Equal((1, JobState.Succeeded), (run.Attempt, run.State));
            Assert.True(run.StartedAt >= askedAt.AddSeconds(2), $"it was attempted {run.StartedAt - askedAt} after the merchant asked for two seconds");
        }
    }

    [Fact]
    public async Task Should_understand_a_date()
    {
        var date = TimeProvider.System.GetUtcNow().AddSeconds(3).ToString("R", CultureInfo.InvariantCulture);
        var merchant = (await worker.AddMerchant()).Answers(new MerchantAnswer(503) { RetryAfter = date }, new MerchantAnswer(200));

        await AssertThatTheRetryWaits(merchant, TimeSpan.FromSeconds(2));
    }

    [Fact]
    public async Task Should_go_by_its_own_schedule_when_the_wish_makes_no_sense()
    {
        var merchant = (await worker.AddMerchant()).Answers(new MerchantAnswer(429) { RetryAfter = "-1" }, new MerchantAnswer(200));

        await AssertThatTheRetryWaits(merchant, TimeSpan.FromMilliseconds(80));
    }

    private async Task AssertThatTheRetryWaits(TestMerchant merchant, TimeSpan atLeast)
    {
        var delivery = await worker.Publish(merchant);

        var runs = await worker.WaitUntilEndedAsync(delivery.DeliveryId);
        Assert.Equal([JobState.Retrying, JobState.Succeeded], runs.Select(r => r.State));
        var waited = runs[1].StartedAt - runs[0].StartedAt;
        Assert.True(waited >= atLeast, $"it waited {waited}");
    }

    public sealed class Worker(TestServers servers) : TestWorker(servers, ("WEBHOOK_RETRY_DELAYS", "100ms,2s"));
}
