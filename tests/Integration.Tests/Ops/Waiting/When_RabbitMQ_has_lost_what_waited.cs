using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Gateway.Contracts;
using Gateway.Persistence.JobLog;
using Gateway.Persistence.Waiting;
using Gateway.Testing;
using Gateway.Testing.Merchants;
using Gateway.Testing.Servers;
using Gateway.Testing.Workers;
using Gateway.Tests.Persistence;
using Gateway.Worker.Bus;
using Xunit;

namespace Gateway.Integration.Tests.Ops.Waiting;

public sealed class When_RabbitMQ_has_lost_what_waited(When_RabbitMQ_has_lost_what_waited.Worker worker)
    : IClassFixture<When_RabbitMQ_has_lost_what_waited.Worker>, IAsyncLifetime
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await ChangeAsync(QueueNames.Webhooks, "resume");
    }

    [Fact]
    public async Task Should_release_again_what_had_been_sent_out_of_the_waiting_room()
    {
        var merchant = (await worker.AddMerchant()).Answers(500);
        var deliveries = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => worker.Publish(merchant)));
        var (lost, sentLater) = (deliveries[0].DeliveryId, deliveries[1].DeliveryId);
        foreach (var id in (Guid[])[lost, sentLater])
        {
            await worker.WaitUntilRunsAsync(id, 1);
            Assert.Equal("retry", (await JobAsync(id)).GetProperty("waiting").GetProperty("reason").GetString());
        }

        merchant.Answers(200);
        var lostAt = TimeProvider.System.GetUtcNow();
        await worker.Write(db =>
        {
            db.WaitingWebhooks.Single(entry => entry.DeliveryId == lost).DueAt = lostAt.UtcDateTime.AddMinutes(-2);
            db.AddRange(LeaseOf(lost, merchant, lostAt.AddMinutes(-1)), LeaseOf(sentLater, merchant, lostAt.AddMinutes(1)));
        });
        Assert.True((await JobAsync(lost)).GetProperty("waiting").GetProperty("on_the_road").GetBoolean());

        Assert.Equal(1, await CountAsync(new { before = lostAt, merchant_id = merchant.Id, dry_run = true }));
        Assert.Equal(1, (await PostAsync(new { before = lostAt, merchant_id = merchant.Id })).GetProperty("released").GetInt32());

        var runs = await worker.WaitUntilEndedAsync(lost);
        Assert.Equal([(1, JobState.Retrying), (2, JobState.Succeeded)], runs.Select(run => (run.Attempt, run.State)));
        Assert.False((await JobAsync(lost)).TryGetProperty("waiting", out _));
        Assert.Single(await worker.Runs(sentLater));
    }

    [Fact]
    public async Task Should_leave_alone_what_waits_for_its_retry_or_was_put_aside_before_its_first_attempt()
    {
        var merchant = (await worker.AddMerchant()).Answers(500);
        var failed = await worker.Publish(merchant);
        await worker.WaitUntilRunsAsync(failed.DeliveryId, 1);
        var putAside = Rows.Run(Guid.CreateVersion7(), TimeProvider.System.GetUtcNow().UtcDateTime, JobState.Queued, attempt: 0, merchant.Id);
        await worker.Write(db => db.AddRange(putAside, new WaitingWebhook
        {
            DeliveryId = putAside.JobId,
            MerchantId = merchant.Key,
            DueAt = putAside.StartedAt.AddHours(2),
            WaitsSince = putAside.StartedAt,
            EnqueuedAt = putAside.StartedAt,
            Attempt = 1,
            Reason = WaitReason.CircuitOpen,
            Event = putAside.Event!,
            Message = [.. "{}"u8],
        }));

        Assert.Equal(0, await CountAsync(new { before = TimeProvider.System.GetUtcNow(), merchant_id = merchant.Id, dry_run = true }));
        var answer = await PostAsync(new { before = TimeProvider.System.GetUtcNow(), merchant_id = merchant.Id });

        Assert.Equal((0, 0, 0), (answer.GetProperty("released").GetInt32(), answer.GetProperty("sent").GetInt32(), answer.GetProperty("unknown").GetArrayLength()));
        Assert.Single(merchant.Received);
    }

    [Fact]
    public async Task Should_send_what_an_operator_had_sent_again()
    {
        var disabled = await worker.Broker.Subscribe<WebhookEndpointDisabled>();
        var merchant = (await worker.AddMerchant()).Answers(410);
        var delivery = await worker.Publish(merchant);
        await disabled.WaitUntilReceivedAsync(merchant.Id);
        using var enabled = await worker.Api.PostAsync($"/api/webhooks/endpoints/{merchant.Id}/enable", null, Cancellation);
        Assert.True(enabled.IsSuccessStatusCode);
        merchant.Answers(200);
        await ChangeAsync(QueueNames.Webhooks, "pause");
        using var redelivered = await worker.Api.PostAsync($"/api/webhooks/{delivery.DeliveryId}/redeliver", null, Cancellation);
        Assert.Equal(HttpStatusCode.Accepted, redelivered.StatusCode);
        await LoseAsync(QueueNames.Webhooks, 1);

        Assert.Equal(1, (await PostAsync(new { before = TimeProvider.System.GetUtcNow(), merchant_id = merchant.Id })).GetProperty("sent").GetInt32());
        await ChangeAsync(QueueNames.Webhooks, "resume");

        Assert.Equal(JobState.Succeeded, (await worker.WaitUntilEndedAsync(delivery.DeliveryId))[^1].State);
        Assert.Equal(2, merchant.Received.Count);
    }

    [Fact]
    public async Task Should_name_page_by_page_those_that_only_their_publishers_know()
    {
        var merchant = await worker.AddMerchant();
        await ChangeAsync(QueueNames.Webhooks, "pause");
        var ids = await Task.WhenAll(Enumerable.Range(0, 3).Select(async _ =>
        {
            using var answer = await worker.Api.PostAsJsonAsync(
                "/api/jobs/webhooks", new { merchant_id = merchant.Id, @event = "payment.completed", payload = new { amount = 1 } }, Cancellation);
            return (await answer.Content.ReadFromJsonAsync<JsonElement>(Cancellation)).GetProperty("job_id").GetGuid();
        }));
        await LoseAsync(QueueNames.Webhooks, 3);

        var ofMerchant = new { before = TimeProvider.System.GetUtcNow(), merchant_id = merchant.Id, limit = 2 };
        Assert.Equal(3, await CountAsync(new { ofMerchant.before, ofMerchant.merchant_id, dry_run = true }));
        var first = await PostAsync(ofMerchant);
        var second = await PostAsync(new { ofMerchant.before, ofMerchant.merchant_id, ofMerchant.limit, cursor = first.GetProperty("cursor").GetString() });

        Assert.Equal((0, 0), (first.GetProperty("sent").GetInt32(), second.GetProperty("sent").GetInt32()));
        Assert.False(second.TryGetProperty("cursor", out _));
        Assert.Equal(ids.Order(), new[] { first, second }.SelectMany(page => page.GetProperty("unknown").EnumerateArray().Select(id => id.GetGuid())).Order());
    }

    [Theory]
    [InlineData("{}", "before is missing")]
    [InlineData("""{"before":"2999-01-01T00:00:00Z"}""", "is in the future")]
    [InlineData("""{"before":"2026-01-01T00:00:00Z","limit":1001}""", "1 to 1000")]
    [InlineData("""{"before":"2026-01-01T00:00:00Z","cursor":"x"}""", "cursor is not one")]
    public async Task Should_say_what_is_wrong_with_the_question(string body, string detail)
    {
        using var answer = await worker.Api.PostAsync("/api/webhooks/recover/lost", new StringContent(body, null, "application/json"), Cancellation);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains(detail, await answer.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_refuse_a_viewer()
    {
        using var answer = await worker.ViewersApi.PostAsJsonAsync("/api/webhooks/recover/lost", new { before = TimeProvider.System.GetUtcNow() }, Cancellation);

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    private static WaitingLease LeaseOf(Guid delivery, TestMerchant merchant, DateTimeOffset sentAt) => new()
    {
        DeliveryId = delivery,
        MerchantId = merchant.Key,
        ReleaseId = Guid.CreateVersion7(sentAt),
        LeasedUntil = sentAt.UtcDateTime.AddHours(1),
        Releases = 1,
    };

    private Task<JsonElement> JobAsync(Guid id) => worker.ViewersApi.GetFromJsonAsync<JsonElement>($"/api/jobs/{id}", Cancellation);

    private Task<uint> WaitUntilQueuedAsync(string queue, uint count) =>
        Eventually.Read(() => worker.Broker.CountOf(queue), waiting => waiting == count, $"{count} messages wait in {queue}");

    private async Task LoseAsync(string queue, uint count)
    {
        await WaitUntilQueuedAsync(queue, count);
        await worker.Broker.Purge(queue);
    }

    private async Task ChangeAsync(string queue, string change)
    {
        using var answer = await worker.Api.PostAsync($"/api/queues/{queue}/{change}", null, CancellationToken.None);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(CancellationToken.None));
    }

    private async Task<int> CountAsync(object body) => (await PostAsync(body)).GetProperty("count").GetInt32();

    private async Task<JsonElement> PostAsync(object body)
    {
        using var answer = await worker.Api.PostAsJsonAsync("/api/webhooks/recover/lost", body, Cancellation);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Cancellation));
        return await answer.Content.ReadFromJsonAsync<JsonElement>(Cancellation);
    }

    public sealed class Worker(TestServers servers) : TestWorker(servers, ("WEBHOOK_RETRY_DELAYS", "1h"), ("WEBHOOK_CIRCUIT_BREAKER", "false"));
}
