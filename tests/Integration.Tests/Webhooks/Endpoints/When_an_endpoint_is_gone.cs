using Gateway.Contracts;
using Gateway.Persistence;
using Gateway.Persistence.JobLog;
using Gateway.Persistence.Webhooks;
using Gateway.Testing;
using Gateway.Testing.Merchants;
using Gateway.Testing.Servers;
using Gateway.Testing.Workers;
using Gateway.Worker.Webhooks.Attempts;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.Integration.Tests.Webhooks.Endpoints;

/// <summary>What trials found (docs/faults.md: H8).</summary>
public sealed class When_an_endpoint_is_gone(When_an_endpoint_is_gone.Worker worker) : IClassFixture<When_an_endpoint_is_gone.Worker>
{
    [Fact]
    public async Task Should_dead_letter_the_delivery_at_once()
    {
        var merchant = (await worker.AddMerchant()).Answers(410);

        var delivery = await worker.Publish(merchant);

        Assert.Equal("the only attempt failed by gone 410", (await worker.WaitUntilDeadLetterOfAsync(delivery.DeliveryId)).GetProperty("error").GetString());
        var run = Assert.Single(await worker.Runs(delivery.DeliveryId));
        Assert.Equal((JobState.Dead, "gone", 410), (run.State, run.Reason, run.StatusCode));
        Assert.Single(merchant.Received);
    }

    [Fact]
    public async Task Should_disable_it_once_and_skip_what_comes_later()
    {
        var disabled = await worker.Broker.Subscribe<WebhookEndpointDisabled>();
        var exhausted = await worker.Broker.Subscribe<WebhookExhausted>();
        var mayAnswer = new TaskCompletionSource();
        var merchant = (await worker.AddMerchant()).Answers(new MerchantAnswer(410) { Until = mayAnswer.Task });

        // All of them are at the merchant's before it says the same to each.
        var deliveries = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => worker.Publish(merchant)));
        foreach (var _ in deliveries)
        {
            await merchant.WaitUntilReceivedAsync();
        }

        mayAnswer.SetResult();
        foreach (var delivery in deliveries)
        {
            await exhausted.WaitUntilReceivedAsync(delivery.DeliveryId.ToString());
        }

        var told = await disabled.WaitUntilReceivedAsync(merchant.Id);
        Assert.Equal("gone", told.GetProperty("reason").GetString());
        var row = await FindRow(merchant);
        Assert.Equal("gone", row.DisabledReason);
        Assert.EndsWith(merchant.Id, row.DisabledUrl, StringComparison.Ordinal);

        var later = await worker.Publish(merchant);
        var run = Assert.Single(await worker.WaitUntilEndedAsync(later.DeliveryId));
        Assert.Equal((JobState.Skipped, SkipReason.EndpointDisabled), (run.State, run.Reason));
        Assert.Equal(5, merchant.Received.Count);
        Assert.Equal(0, disabled.CountUnread(merchant.Id));
    }

    [Fact]
    public async Task Should_send_webhooks_again_when_the_merchant_has_changed_the_URL()
    {
        var merchant = (await worker.AddMerchant()).Answers(410, 200);
        var refused = await worker.Publish(merchant);
        await worker.WaitUntilEndedAsync(refused.DeliveryId);
        await merchant.WaitUntilReceivedAsync();
        // H8: it is disabled where it was, although it would answer well by now.
        var skipped = await worker.Publish(merchant);
        Assert.Equal(SkipReason.EndpointDisabled, Assert.Single(await worker.WaitUntilEndedAsync(skipped.DeliveryId)).Reason);

        await worker.MoveEndpoint(merchant);

        var delivery = await worker.Publish(merchant);
        Assert.Equal(JobState.Succeeded, Assert.Single(await worker.WaitUntilEndedAsync(delivery.DeliveryId)).State);
        Assert.Equal(delivery.DeliveryId, (await merchant.WaitUntilReceivedAsync()).Id);
    }

    [Fact]
    public async Task Should_send_again_what_was_skipped_although_another_worker_has_enabled_it()
    {
        var merchant = (await worker.AddMerchant()).Answers(410, 200, 200);
        await worker.WaitUntilEndedAsync((await worker.Publish(merchant)).DeliveryId);
        var skipped = await worker.Publish(merchant);
        await worker.WaitUntilEndedAsync(skipped.DeliveryId);

        // As the other worker does; this one has just looked the merchant up, and would know of it half a minute later.
        await worker.Database.ExecuteAsync(
            $"update webhook_endpoints set disabled_at = null, disabled_reason = null, disabled_url = null where merchant_id = '{merchant.Id}'");
        using var answer = await worker.Api.PostAsync(new Uri($"/api/webhooks/{skipped.DeliveryId}/redeliver", UriKind.Relative), null, TestContext.Current.CancellationToken);

        Assert.True(answer.IsSuccessStatusCode);
        var runs = await Eventually.Read(() => worker.Runs(skipped.DeliveryId), all => all.Count(IsOver) == 2, "it has its second turn");
        Assert.Equal([JobState.Skipped, JobState.Succeeded], runs.Where(IsOver).OrderBy(run => run.Round).Select(run => run.State));

        static bool IsOver(JobRun run) => run.State is JobState.Skipped or JobState.Succeeded;
    }

    private async Task<WebhookEndpoint> FindRow(TestMerchant merchant)
    {
        var contexts = worker.Services.GetRequiredService<IDbContextFactory<GatewayDbContext>>();
        await using var db = await contexts.CreateDbContextAsync(TestContext.Current.CancellationToken);
        return await db.WebhookEndpoints.SingleAsync(e => e.MerchantId == merchant.Key, TestContext.Current.CancellationToken);
    }

    public sealed class Worker(TestServers servers) : TestWorker(servers);
}
