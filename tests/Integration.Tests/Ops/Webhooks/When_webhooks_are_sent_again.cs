using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Gateway.Persistence.JobLog;
using Gateway.Persistence.Waiting;
using Gateway.Testing;
using Gateway.Testing.Servers;
using Gateway.Testing.Workers;
using Xunit;

namespace Gateway.Integration.Tests.Ops.Webhooks;

public sealed class When_webhooks_are_sent_again(When_webhooks_are_sent_again.Worker worker) : IClassFixture<When_webhooks_are_sent_again.Worker>
{
    private static readonly string[] SkippedAlone = ["skipped"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_send_a_dead_one_under_the_same_id()
    {
        var merchant = (await worker.AddMerchant()).Answers(500);
        var delivery = await worker.Publish(merchant, payload: """{"amount":1.10}""");
        await worker.WaitUntilEndedAsync(delivery.DeliveryId);
        merchant.Answers(200);

        using var answer = await worker.Api.PostAsync($"/api/webhooks/{delivery.DeliveryId}/redeliver", null, Cancellation);

        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        var runs = await Eventually.Read(() => worker.Runs(delivery.DeliveryId), r => r is [.., { State: JobState.Succeeded }], "the webhook was delivered");
        Assert.Equal([(1, 0), (1, 1)], runs.TakeLast(2).Select(run => ((int)run.Round, run.Attempt)));
        Assert.Single(merchant.Received.Select(webhook => webhook.Id).Distinct());
        Assert.Single(merchant.Received.Select(webhook => System.Text.Encoding.UTF8.GetString(webhook.Body)).Distinct());
    }

    [Fact]
    public async Task Should_send_a_delivered_one_where_payloads_are_kept()
    {
        var merchant = (await worker.AddMerchant()).Answers(200);
        var delivery = await worker.Publish(merchant);
        await worker.WaitUntilEndedAsync(delivery.DeliveryId);
        await merchant.WaitUntilReceivedAsync();

        using var answer = await worker.Api.PostAsync($"/api/webhooks/{delivery.DeliveryId}/redeliver", null, Cancellation);

        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        Assert.Equal(delivery.DeliveryId, (await merchant.WaitUntilReceivedAsync()).Id);
    }

    [Fact]
    public async Task Should_leave_alone_what_is_on_its_way_and_say_what_is_unknown()
    {
        var merchant = (await worker.AddMerchant()).Answers(410);
        var delivery = await worker.Publish(merchant);
        await worker.WaitUntilEndedAsync(delivery.DeliveryId);
        // It was sent again, and was put aside before an attempt.
        var now = TimeProvider.System.GetUtcNow().UtcDateTime;
        await worker.Write(db => db.Add(new WaitingWebhook
        {
            DeliveryId = delivery.DeliveryId,
            MerchantId = merchant.Key,
            DueAt = now.AddHours(1),
            WaitsSince = now,
            EnqueuedAt = now,
            Attempt = 1,
            Round = 1,
            Reason = WaitReason.NoRoom,
            Event = delivery.Event,
            Message = [.. "{}"u8],
        }));

        using var onItsWay = await worker.Api.PostAsync($"/api/webhooks/{delivery.DeliveryId}/redeliver", null, Cancellation);
        using var unknown = await worker.Api.PostAsync($"/api/webhooks/{Guid.CreateVersion7()}/redeliver", null, Cancellation);
        using var noId = await worker.Api.PostAsync("/api/webhooks/x/redeliver", null, Cancellation);

        Assert.Equal((HttpStatusCode.Conflict, HttpStatusCode.NotFound, HttpStatusCode.BadRequest), (onItsWay.StatusCode, unknown.StatusCode, noId.StatusCode));
        Assert.Contains("still being attempted", await onItsWay.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_count_first_and_then_send_all_of_a_merchant_and_a_window()
    {
        var from = TimeProvider.System.GetUtcNow();
        var merchant = (await worker.AddMerchant()).Answers(500);
        var dead = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => worker.Publish(merchant)));
        foreach (var delivery in dead)
        {
            await worker.WaitUntilEndedAsync(delivery.DeliveryId);
        }

        await PostAsync($"/api/webhooks/endpoints/{merchant.Id}/disable", new { });
        var skipped = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => worker.Publish(merchant)));
        foreach (var delivery in skipped)
        {
            await worker.WaitUntilEndedAsync(delivery.DeliveryId);
        }

        // Another merchant's are not touched.
        var other = (await worker.AddMerchant()).Answers(500);
        var others = await worker.Publish(other);
        await worker.WaitUntilEndedAsync(others.DeliveryId);
        merchant.Answers(200);
        var received = merchant.Received.Count;

        // An id in any spelling is the merchant's.
        var spelled = merchant.Id.ToUpperInvariant();
        var enabled = await PostAsync($"/api/webhooks/endpoints/{spelled}/enable", new { });
        Assert.Equal(("enabled", 3), (enabled.GetProperty("state").GetString(), enabled.GetProperty("skipped_since").GetInt32()));
        Assert.Equal(merchant.Id, enabled.GetProperty("recover").GetProperty("merchant_id").GetString());

        var window = new { merchant_id = merchant.Id, from, rate_per_second = 100 };
        Assert.Equal(8, (await PostAsync("/api/webhooks/recover", new { window.merchant_id, window.from, dry_run = true })).GetProperty("count").GetInt32());
        Assert.Equal(3, (await PostAsync("/api/webhooks/recover", new { window.merchant_id, window.from, dry_run = true, states = SkippedAlone })).GetProperty("count").GetInt32());
        Assert.Equal(received, merchant.Received.Count);

        var recovery = await PostAsync("/api/webhooks/recover", new { merchant_id = spelled, window.from, window.rate_per_second });
        Assert.Equal(8, recovery.GetProperty("total").GetInt32());
        var id = recovery.GetProperty("bulk_job_id").GetGuid();
        var done = await Eventually.Read(() => GetAsync(id), r => r.GetProperty("state").GetString() == "done", "the recovery is done");
        Assert.Equal(8, done.GetProperty("done").GetInt32());
        foreach (var delivery in dead.Concat(skipped))
        {
            await Eventually.Read(() => worker.Runs(delivery.DeliveryId), r => r is [.., { State: JobState.Succeeded }], "the webhook was delivered");
        }

        Assert.Equal(received + 8, merchant.Received.Count);
        Assert.Equal(JobState.Dead, (await worker.Runs(others.DeliveryId))[^1].State);
    }

    [Fact]
    public async Task Should_send_no_more_once_it_is_stopped()
    {
        var from = TimeProvider.System.GetUtcNow();
        var merchant = (await worker.AddMerchant()).Answers(500);
        var dead = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => worker.Publish(merchant)));
        foreach (var delivery in dead)
        {
            await worker.WaitUntilEndedAsync(delivery.DeliveryId);
        }

        merchant.Answers(200);
        var id = (await PostAsync("/api/webhooks/recover", new { merchant_id = merchant.Id, from, rate_per_second = 1 })).GetProperty("bulk_job_id").GetGuid();
        await Eventually.Catch(() => GetAsync(id), r => r.GetProperty("done").GetInt32() > 0, "the recovery has begun");
        var stopped = await PostAsync($"/api/bulk-jobs/{id}/stop", new { });

        Assert.Equal("stopped", stopped.GetProperty("state").GetString());
        Assert.InRange((await GetAsync(id)).GetProperty("done").GetInt32(), 1, 5);
    }

    [Theory]
    [InlineData("""{"from":"2026-01-01T00:00:00Z"}""", "merchant_id is missing")]
    [InlineData("""{"merchant_id":"m"}""", "from is missing")]
    [InlineData("""{"merchant_id":"m","from":"2026-01-02T00:00:00Z","to":"2026-01-01T00:00:00Z"}""", "is not before")]
    [InlineData("""{"merchant_id":"m","from":"2026-01-01T00:00:00Z","states":["succeeded"]}""", "'succeeded' is not one of")]
    [InlineData("""{"merchant_id":"m","from":"2026-01-01T00:00:00Z","rate_per_second":0}""", "1 to 1000")]
    public async Task Should_say_what_is_wrong_with_a_recovery(string body, string detail)
    {
        using var answer = await worker.Api.PostAsync("/api/webhooks/recover", new StringContent(body, null, "application/json"), Cancellation);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains(detail, await answer.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    private async Task<JsonElement> PostAsync(string path, object body)
    {
        using var answer = await worker.Api.PostAsJsonAsync(path, body, Cancellation);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Cancellation));
        return await answer.Content.ReadFromJsonAsync<JsonElement>(Cancellation);
    }

    private Task<JsonElement> GetAsync(Guid recoveryId) => worker.ViewersApi.GetFromJsonAsync<JsonElement>($"/api/bulk-jobs/{recoveryId}", Cancellation);

    public sealed class Worker(TestServers servers) : TestWorker(servers, ("WEBHOOK_RETRY_DELAYS", "50ms"), ("WEBHOOK_KEEP_PAYLOADS", "all"), ("WEBHOOK_CIRCUIT_BREAKER", "false"));
}
