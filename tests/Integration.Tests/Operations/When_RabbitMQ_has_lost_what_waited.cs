using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Gateway.Contracts;
using Gateway.Integration.Tests.Delivery;
using Gateway.Integration.Tests.Servers;
using Gateway.Persistence.JobLog;
using Gateway.Worker.Bus;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;
using Xunit;

namespace Gateway.Integration.Tests.Operations;

public sealed class When_RabbitMQ_has_lost_what_waited(When_RabbitMQ_has_lost_what_waited.Worker worker)
    : IClassFixture<When_RabbitMQ_has_lost_what_waited.Worker>, IAsyncLifetime
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await worker.Broker.Purge(QueueNames.WebhooksRetry);
        await ChangeAsync(QueueNames.Webhooks, "resume");
        await ChangeAsync(QueueNames.WebhooksRetry, "resume");
    }

    [Fact]
    public async Task Should_go_on_with_the_retries_where_they_were()
    {
        var ofOtherTests = await CountAsync(new { before = TimeProvider.System.GetUtcNow(), dry_run = true });
        var merchant = (await worker.AddMerchant()).Answers(500);
        var other = (await worker.AddMerchant()).Answers(500);
        await ChangeAsync(QueueNames.WebhooksRetry, "pause");
        var deliveries = await FailAsync(merchant, 3);
        var others = await FailAsync(other, 1);
        await LoseAsync(QueueNames.WebhooksRetry, 4);
        var lostAt = TimeProvider.System.GetUtcNow();
        var later = await FailAsync(merchant, 1);
        merchant.Answers(200);
        other.Answers(200);

        var ofMerchant = new { before = lostAt, merchant_id = merchant.Id };
        Assert.Equal(3, await CountAsync(new { ofMerchant.before, ofMerchant.merchant_id, dry_run = true }));
        var first = await PostAsync(new { ofMerchant.before, ofMerchant.merchant_id, limit = 2 });
        var second = await PostAsync(new { ofMerchant.before, ofMerchant.merchant_id, limit = 2, cursor = first.GetProperty("cursor").GetString() });
        Assert.Equal((2, 1), (first.GetProperty("sent").GetInt32(), second.GetProperty("sent").GetInt32()));
        Assert.False(second.TryGetProperty("cursor", out _));
        await ChangeAsync(QueueNames.WebhooksRetry, "resume");

        foreach (var delivery in deliveries)
        {
            var runs = await worker.RunsToTheEnd(delivery.DeliveryId);
            Assert.Equal([(1, JobState.Retrying), (2, JobState.Succeeded)], runs.Select(run => (run.Attempt, run.State)));
        }

        // The one that failed later was not lost, and comes once.
        await worker.RunsToTheEnd(Assert.Single(later).DeliveryId);
        Assert.Equal(8, merchant.Received.Count);
        Assert.Single(await worker.Runs(Assert.Single(others).DeliveryId));

        var ofAll = await PostAsync(new { before = lostAt });
        Assert.Equal(ofOtherTests + 1, ofAll.GetProperty("sent").GetInt32() + ofAll.GetProperty("unknown").GetArrayLength());
        Assert.Equal(JobState.Succeeded, (await worker.RunsToTheEnd(Assert.Single(others).DeliveryId))[^1].State);
    }

    [Fact]
    public async Task Should_wait_as_long_as_the_retry_had_to()
    {
        var merchant = (await worker.AddMerchant()).Answers(new MerchantAnswer(503) { RetryAfter = "3600" });
        var delivery = Assert.Single(await FailAsync(merchant, 1));
        await worker.Broker.Find(QueueNames.WebhooksRetry + ".delay.1h", message => message.Text.Contains(delivery.DeliveryId.ToString(), StringComparison.Ordinal));
        await worker.Broker.Purge(QueueNames.WebhooksRetry + ".delay.1h");

        Assert.Equal(1, (await PostAsync(new { before = TimeProvider.System.GetUtcNow(), merchant_id = merchant.Id })).GetProperty("sent").GetInt32());

        var waiting = await worker.Broker.Find(
            QueueNames.WebhooksRetry + ".delay.1h", message => message.Text.Contains(delivery.DeliveryId.ToString(), StringComparison.Ordinal));
        Assert.InRange(int.Parse(waiting.Properties.Expiration!, System.Globalization.CultureInfo.InvariantCulture), 2_800_000, 4_400_000);
        Assert.Single(merchant.Received);
    }

    [Fact]
    public async Task Should_deliver_once_what_was_not_lost_after_all()
    {
        var merchant = (await worker.AddMerchant()).Answers(500);
        await ChangeAsync(QueueNames.WebhooksRetry, "pause");
        var delivery = Assert.Single(await FailAsync(merchant, 1));
        await WaitsAsync(QueueNames.WebhooksRetry, 1);
        merchant.Answers(200);

        Assert.Equal(1, (await PostAsync(new { before = TimeProvider.System.GetUtcNow(), merchant_id = merchant.Id })).GetProperty("sent").GetInt32());
        await WaitsAsync(QueueNames.WebhooksRetry, 2);
        await ChangeAsync(QueueNames.WebhooksRetry, "resume");

        var runs = await worker.Runs(delivery.DeliveryId, 3);
        Assert.Equal((JobState.Succeeded, "already_delivered"), (runs[^1].State, runs[^1].Reason));
        Assert.Equal(2, merchant.Received.Count);
    }

    [Fact]
    public async Task Should_send_what_an_operator_had_sent_again()
    {
        var disabled = await worker.Broker.Subscribe<WebhookEndpointDisabled>();
        var merchant = (await worker.AddMerchant()).Answers(410);
        var delivery = await worker.Publish(merchant);
        await disabled.Next(merchant.Id);
        using var enabled = await worker.Api.PostAsync($"/api/webhooks/endpoints/{merchant.Id}/enable", null, Cancellation);
        Assert.True(enabled.IsSuccessStatusCode);
        merchant.Answers(200);
        await ChangeAsync(QueueNames.Webhooks, "pause");
        using var redelivered = await worker.Api.PostAsync($"/api/webhooks/{delivery.DeliveryId}/redeliver", null, Cancellation);
        Assert.Equal(HttpStatusCode.Accepted, redelivered.StatusCode);
        await LoseAsync(QueueNames.Webhooks, 1);

        Assert.Equal(1, (await PostAsync(new { before = TimeProvider.System.GetUtcNow(), merchant_id = merchant.Id })).GetProperty("sent").GetInt32());
        await ChangeAsync(QueueNames.Webhooks, "resume");

        Assert.Equal(JobState.Succeeded, (await worker.RunsToTheEnd(delivery.DeliveryId))[^1].State);
        Assert.Equal(2, merchant.Received.Count);
    }

    [Fact]
    public async Task Should_name_those_that_only_their_publishers_know()
    {
        var merchant = (await worker.AddMerchant()).Answers(500);
        await ChangeAsync(QueueNames.WebhooksRetry, "pause");
        var deliveries = await FailAsync(merchant, 2);
        await LoseAsync(QueueNames.WebhooksRetry, 2);
        var redis = worker.Services.GetRequiredService<IConnectionMultiplexer>().GetDatabase();
        Assert.True(await redis.KeyDeleteAsync($"saga:webhook_delivery:{deliveries[0].DeliveryId}"));

        var answer = await PostAsync(new { before = TimeProvider.System.GetUtcNow(), merchant_id = merchant.Id });

        Assert.Equal(1, answer.GetProperty("sent").GetInt32());
        Assert.Equal(deliveries[0].DeliveryId, Assert.Single(answer.GetProperty("unknown").EnumerateArray()).GetGuid());
        await WaitsAsync(QueueNames.WebhooksRetry, 1);
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

    // Published and attempted once, which failed and is recorded.
    private async Task<DeliverWebhook[]> FailAsync(Merchant merchant, int count)
    {
        var deliveries = await Task.WhenAll(Enumerable.Range(0, count).Select(_ => worker.Publish(merchant)));
        foreach (var delivery in deliveries)
        {
            await worker.Runs(delivery.DeliveryId, 1);
        }

        return deliveries;
    }

    private Task<uint> WaitsAsync(string queue, uint count) =>
        Eventually.Read(() => worker.Broker.CountOf(queue), waiting => waiting == count, $"{count} messages wait in {queue}");

    private async Task LoseAsync(string queue, uint count)
    {
        await WaitsAsync(queue, count);
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

    public sealed class Worker(TestServers servers) : TestWorker(servers, ("WEBHOOK_RETRY_DELAYS", "100ms,1h"), ("WEBHOOK_CIRCUIT_BREAKER", "false"));
}
