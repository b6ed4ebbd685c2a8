using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Gateway.Contracts;
using Gateway.Integration.Tests.Mail;
using Gateway.Persistence.Endpoints;
using Gateway.Persistence.JobLog;
using Gateway.Persistence.Webhooks;
using Gateway.Testing;
using Gateway.Testing.Merchants;
using Gateway.Testing.Servers;
using Gateway.Testing.Workers;
using Gateway.Worker.Webhooks.Attempts;
using Gateway.Worker.Webhooks.Endpoints;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.Integration.Tests.Webhooks.Endpoints;

/// <summary>What trials found (docs/faults.md: D10).</summary>
public sealed class When_an_endpoint_keeps_failing(When_an_endpoint_keeps_failing.Worker worker) : IClassFixture<When_an_endpoint_keeps_failing.Worker>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_be_disabled_when_all_has_failed_for_so_long_and_enabled_by_one_call()
    {
        var disabled = await worker.Broker.Subscribe<WebhookEndpointDisabled>();
        var merchant = (await worker.AddMerchant()).Answers(500);
        var first = await worker.Publish(merchant);
        await worker.WaitUntilEndedAsync(first.DeliveryId);
        Assert.NotNull((await EndpointAsync(merchant)).FailingSince);

        await LetFailSinceAsync(merchant, TimeSpan.FromDays(5) + TimeSpan.FromMinutes(1));
        var last = await worker.Publish(merchant);

        Assert.Equal("failing", (await disabled.WaitUntilReceivedAsync(merchant.Id)).GetProperty("reason").GetString());
        var mail = (await worker.Mails.WaitUntilTakenAsync()).Message;
        Assert.Equal($"Webhook endpoint of merchant {merchant.Id} disabled", mail.Subject);
        Assert.Contains("Every attempt has failed for 5 days.", mail.TextBody, StringComparison.Ordinal);
        Assert.NotNull(await worker.FindWaiting(last.DeliveryId));
        var later = await worker.Publish(merchant);
        var run = Assert.Single(await worker.WaitUntilEndedAsync(later.DeliveryId));
        Assert.Equal((JobState.Skipped, SkipReason.EndpointDisabled), (run.State, run.Reason));
        var listed = await worker.ViewersApi.GetFromJsonAsync<JsonElement>("/api/webhooks/endpoints?state=disabled", Cancellation);
        Assert.Contains(listed.GetProperty("endpoints").EnumerateArray(), e => e.GetProperty("merchant_id").GetString() == merchant.Id);

        merchant.Answers(200);
        using var enabled = await worker.Api.PostAsync($"/api/webhooks/endpoints/{merchant.Id}/enable", null, Cancellation);
        // The one that came later. The one before it waits for its retry, which goes out now.
        Assert.Equal(1, (await enabled.Content.ReadFromJsonAsync<JsonElement>(Cancellation)).GetProperty("skipped_since").GetInt32());
        var delivery = await worker.Publish(merchant);
        Assert.Equal(JobState.Succeeded, Assert.Single(await worker.WaitUntilEndedAsync(delivery.DeliveryId)).State);
        Assert.Equal([JobState.Retrying, JobState.Succeeded], (await worker.WaitUntilEndedAsync(last.DeliveryId)).Select(r => r.State));
    }

    [Fact]
    public async Task Should_be_told_in_one_mail_with_others_that_are_disabled_at_once()
    {
        TestMerchant[] merchants = [await worker.AddMerchant(), await worker.AddMerchant(), await worker.AddMerchant()];
        foreach (var merchant in merchants)
        {
            using var disabled = await worker.Api.PostAsync($"/api/webhooks/endpoints/{merchant.Id}/disable", null, Cancellation);
            Assert.Equal(HttpStatusCode.OK, disabled.StatusCode);
        }

        var mail = (await worker.Mails.WaitUntilTakenAsync()).Message;

        Assert.Equal("Webhook endpoints of 3 merchants disabled", mail.Subject);
        Assert.All(merchants, merchant => Assert.Contains($"merchant {merchant.Id} was disabled", mail.TextBody, StringComparison.Ordinal));
        Assert.Equal(0, worker.Mails.Waiting);
    }

    [Fact]
    public async Task Should_stay_enabled_when_something_succeeded_in_between()
    {
        var merchant = (await worker.AddMerchant()).Answers(500);
        await worker.WaitUntilEndedAsync((await worker.Publish(merchant)).DeliveryId);
        await LetFailSinceAsync(merchant, TimeSpan.FromDays(6));

        merchant.Answers(200);
        await worker.WaitUntilEndedAsync((await worker.Publish(merchant)).DeliveryId);
        await Eventually.Read(() => EndpointAsync(merchant), e => e.FailingSince is null, "it fails no more");

        merchant.Answers(500);
        await worker.WaitUntilEndedAsync((await worker.Publish(merchant)).DeliveryId);
        Assert.False((await EndpointAsync(merchant)).IsDisabled);
    }

    [Fact]
    public async Task Should_stay_enabled_when_the_merchant_has_changed_the_URL_in_between()
    {
        var merchant = (await worker.AddMerchant()).Answers(500);
        await worker.WaitUntilEndedAsync((await worker.Publish(merchant)).DeliveryId);
        await LetFailSinceAsync(merchant, TimeSpan.FromDays(6));

        await worker.MoveEndpoint(merchant);
        await worker.WaitUntilEndedAsync((await worker.Publish(merchant)).DeliveryId);

        Assert.False((await EndpointAsync(merchant)).IsDisabled);
    }

    // Five days pass in the database.
    private async Task LetFailSinceAsync(TestMerchant merchant, TimeSpan ago)
    {
        await worker.Write(db =>
        {
            var row = db.WebhookEndpoints.Single(e => e.MerchantId == merchant.Key);
            row.FailingSince = TimeProvider.System.GetUtcNow().UtcDateTime - ago;
            row.FailedTimes = EndpointRules.FewestFailures;
        });
        worker.Services.GetRequiredService<EndpointDirectory>().Forget(merchant.Id);
    }

    private async Task<MerchantEndpoint> EndpointAsync(TestMerchant merchant) =>
        (await worker.Services.GetRequiredService<EndpointStore>().FindAsync(merchant.Id, Cancellation))!;

    public sealed class Worker(TestServers servers) : TestWorker(servers, ("WEBHOOK_RETRY_DELAYS", "50ms")), IAsyncLifetime
    {
        /// <summary>What the operators get.</summary>
        public SmtpServer Mails { get; private set; } = null!;

        protected override IEnumerable<(string Variable, string Value)> MoreSettings =>
            [.. base.MoreSettings, .. Mails.Settings.Where(setting => setting.Value is not null).Select(setting => (setting.Key, setting.Value!))];

        async ValueTask IAsyncLifetime.InitializeAsync()
        {
            Mails = await SmtpServer.StartAsync();
            await InitializeAsync();
        }

        async ValueTask IAsyncDisposable.DisposeAsync()
        {
            await DisposeAsync();
            await Mails.DisposeAsync();
        }
    }
}
