using System.Globalization;
using Gateway.Integration.Tests.Servers;
using Gateway.Persistence.JobLog;
using Xunit;

namespace Gateway.Integration.Tests.Delivery;

public sealed class When_a_merchant_asks_to_wait(When_a_merchant_asks_to_wait.Worker worker) : IClassFixture<When_a_merchant_asks_to_wait.Worker>
{
    [Fact]
    public async Task Should_not_come_earlier_than_the_step_that_covers_the_wish()
    {
        var merchant = (await worker.AddMerchant()).Answers(new MerchantAnswer(429) { RetryAfter = "1" }, new MerchantAnswer(200));

        await AssertThatTheRetryWaits(merchant, TimeSpan.FromSeconds(2));
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

    private async Task AssertThatTheRetryWaits(Merchant merchant, TimeSpan atLeast)
    {
        var delivery = await worker.Publish(merchant);

        var runs = await worker.RunsToTheEnd(delivery.DeliveryId);
        Assert.Equal([JobState.Retrying, JobState.Succeeded], runs.Select(r => r.State));
        var waited = runs[1].StartedAt - runs[0].StartedAt;
        Assert.True(waited >= atLeast, $"it waited {waited}");
    }

    public sealed class Worker(TestServers servers) : TestWorker(servers, ("WEBHOOK_RETRY_DELAYS", "100ms,2s"));
}
