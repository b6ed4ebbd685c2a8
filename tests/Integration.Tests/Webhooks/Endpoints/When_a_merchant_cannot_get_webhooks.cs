using Gateway.Persistence.GatewayTables;
using Gateway.Persistence.JobLog;
using Gateway.Persistence.Webhooks;
using Gateway.Testing.Merchants;
using Gateway.Testing.Servers;
using Gateway.Testing.Workers;
using Gateway.Worker.Webhooks.Attempts;
using Xunit;

namespace Gateway.Integration.Tests.Webhooks.Endpoints;

/// <summary>
/// Each reason is recorded, costs the merchant no request, and leaves the next delivery alone. F4a: what can never work is not retried.
/// (docs/faults.md: E1, F4a)
/// </summary>
public sealed class When_a_merchant_cannot_get_webhooks(When_a_merchant_cannot_get_webhooks.Worker worker)
    : IClassFixture<When_a_merchant_cannot_get_webhooks.Worker>
{
    [Theory]
    [InlineData("0192a1b2-0000-7000-8000-000000000000")]
    [InlineData("shop-17")]
    [InlineData("")]
    [InlineData("0192A1B2000070008000000000000000")]
    public async Task Should_skip_a_merchant_whom_nobody_knows(string merchantId)
    {
        var delivery = TestWorker.NewDelivery(new TestMerchant(Guid.Empty, "")) with { MerchantId = merchantId };

        await worker.Bus.Publish(delivery, TestContext.Current.CancellationToken);

        await AssertSkipped(delivery.DeliveryId, SkipReason.UnknownMerchant);
    }

    [Theory]
    [InlineData(MerchantStatus.Suspended)]
    [InlineData(MerchantStatus.Closed)]
    public async Task Should_skip_a_merchant_who_is_not_active(string status)
    {
        await AssertSkipped(await worker.AddMerchant(m => m.Status = status), SkipReason.MerchantInactive);
    }

    [Fact]
    public async Task Should_not_know_a_deleted_merchant()
    {
        await AssertSkipped(await worker.AddMerchant(m => m.DeletedAt = m.CreatedAt), SkipReason.UnknownMerchant);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public async Task Should_skip_a_merchant_without_a_URL(string? url)
    {
        await AssertSkipped(await worker.AddMerchant(m => m.WebhookUrl = url), SkipReason.NoUrl);
    }

    [Theory]
    [InlineData("our shop")]
    [InlineData("/hooks")]
    [InlineData("ftp://shop.example/hooks")]
    [InlineData("https://")]
    [InlineData("https://user:pass@shop.example/hooks")]
    public async Task Should_skip_a_merchant_whose_URL_is_none(string url)
    {
        await AssertSkipped(await worker.AddMerchant(m => m.WebhookUrl = url), SkipReason.InvalidUrl);
    }

    [Fact]
    public async Task Should_skip_an_event_that_the_merchant_has_not_subscribed_to()
    {
        var merchant = await worker.AddMerchant(m => m.WebhookEvents = ["payment.expired", "payout.completed"]);

        await AssertSkipped(merchant, SkipReason.NotSubscribed);

        var subscribed = await worker.Publish(merchant, "payout.completed");
        Assert.Equal(subscribed.DeliveryId, (await merchant.WaitUntilReceivedAsync()).Id);
    }

    [Fact]
    public async Task Should_deliver_every_event_to_a_merchant_who_named_none()
    {
        var merchant = await worker.AddMerchant(m => m.WebhookEvents = []);

        var delivery = await worker.Publish(merchant);

        Assert.Equal(delivery.DeliveryId, (await merchant.WaitUntilReceivedAsync()).Id);
    }

    [Fact]
    public async Task Should_skip_an_endpoint_that_is_disabled()
    {
        string? url = null;
        var merchant = await worker.AddMerchant(m => url = m.WebhookUrl);
        var now = TimeProvider.System.GetUtcNow().UtcDateTime;
        await worker.Write(db => db.Add(new WebhookEndpoint
        {
            MerchantId = merchant.Key,
            DisabledAt = now,
            DisabledReason = "operator",
            DisabledUrl = url,
            UpdatedAt = now,
        }));

        await AssertSkipped(merchant, SkipReason.EndpointDisabled);
    }

    [Theory]
    [InlineData(null, SkipReason.NoSecret)]
    [InlineData("", SkipReason.NoSecret)]
    [InlineData("whsec_", SkipReason.InvalidSecret)]
    [InlineData("whsec_this is no base64", SkipReason.InvalidSecret)]
    [InlineData("whpk_MCowBQYDK2VwAyEA", SkipReason.InvalidSecret)]
    public async Task Should_send_nothing_that_cannot_be_signed(string? secret, string reason)
    {
        await AssertSkipped(await worker.AddMerchant(m => m.WebhookSecret = secret), reason);
    }

    private async Task AssertSkipped(TestMerchant merchant, string reason)
    {
        var delivery = await worker.Publish(merchant);

        await AssertSkipped(delivery.DeliveryId, reason);
        Assert.Empty(merchant.Received);
    }

    private async Task AssertSkipped(Guid deliveryId, string reason)
    {
        var run = Assert.Single(await worker.WaitUntilRunsAsync(deliveryId, count: 1));
        Assert.Equal((JobState.Skipped, reason), (run.State, run.Reason));

        var next = await worker.Publish(worker.HealthyMerchant);
        Assert.Equal(JobState.Succeeded, (await worker.WaitUntilEndedAsync(next.DeliveryId))[^1].State);
    }

    public sealed class Worker(TestServers servers) : TestWorker(servers), IAsyncLifetime
    {
        public TestMerchant HealthyMerchant { get; private set; } = null!;

        async ValueTask IAsyncLifetime.InitializeAsync()
        {
            await InitializeAsync();
            HealthyMerchant = await AddMerchant();
        }
    }
}
