using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Gateway.Persistence.JobLog;
using Gateway.Persistence.Waiting;
using Gateway.Testing;
using Gateway.Testing.Merchants;
using Gateway.Testing.Servers;
using Gateway.Testing.Workers;
using RabbitMQ.Client;
using Xunit;

namespace Gateway.Integration.Tests.Webhooks.Register;

/// <summary>An id is one webhook of one merchant. (docs/faults.md: A7, D8)</summary>
public sealed class When_one_id_is_used_for_two_webhooks(When_one_id_is_used_for_two_webhooks.Worker worker)
    : IClassFixture<When_one_id_is_used_for_two_webhooks.Worker>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_deliver_to_both_merchants_and_keep_their_histories_apart()
    {
        var good = await worker.AddMerchant();
        var bad = (await worker.AddMerchant()).Answers(500, 500, 200);
        var delivery = TestWorker.NewDelivery(good);

        await worker.Bus.Publish(delivery, Cancellation);
        await good.WaitUntilReceivedAsync();
        await worker.Bus.Publish(delivery with { MerchantId = bad.Id }, Cancellation);

        var runs = await Eventually.Read(() => worker.Runs(delivery.DeliveryId), runs => runs.Count(run => run.State == JobState.Succeeded) == 2, "both are delivered");
        Assert.Equal([(1, JobState.Succeeded)], StatesOf(good));
        Assert.Equal([(1, JobState.Retrying), (2, JobState.Retrying), (3, JobState.Succeeded)], StatesOf(bad));
        Assert.Equal([delivery.DeliveryId], good.Received.Select(webhook => webhook.Id));
        Assert.Equal(3, bad.Received.Count(webhook => webhook.Id == delivery.DeliveryId));

        using var whose = await worker.ViewersApi.GetAsync($"/api/jobs/{delivery.DeliveryId}", Cancellation);
        Assert.Equal(HttpStatusCode.Conflict, whose.StatusCode);
        var problem = await whose.Content.ReadAsStringAsync(Cancellation);
        Assert.Contains(good.Id, problem, StringComparison.Ordinal);
        Assert.Contains(bad.Id, problem, StringComparison.Ordinal);
        Assert.Equal(1, await AttemptsOf(good));
        Assert.Equal(3, await AttemptsOf(bad));
        Assert.Equal(1, await JobsOf(good));
        Assert.Equal(1, await JobsOf(bad));

        IEnumerable<(int, JobState)> StatesOf(TestMerchant merchant) => runs.Where(run => run.MerchantId == merchant.Id).Select(run => (run.Attempt, run.State));

        async Task<int> AttemptsOf(TestMerchant merchant) =>
            (await worker.ViewersApi.GetFromJsonAsync<JsonElement>($"/api/jobs/{delivery.DeliveryId}?merchant_id={merchant.Id}", Cancellation)).GetProperty("attempts").GetArrayLength();

        async Task<int> JobsOf(TestMerchant merchant) =>
            (await worker.ViewersApi.GetFromJsonAsync<JsonElement>($"/api/jobs?merchant_id={merchant.Id}", Cancellation)).GetProperty("jobs").GetArrayLength();
    }

    [Fact]
    public async Task Should_give_up_and_send_again_each_for_itself()
    {
        var first = (await worker.AddMerchant()).Answers(410, 200);
        var second = (await worker.AddMerchant()).Answers(410);
        var delivery = TestWorker.NewDelivery(first, payload: """{"of":"the first"}""");
        await worker.Bus.Publish(delivery, Cancellation);
        await worker.Bus.Publish(TestWorker.NewDelivery(second, payload: """{"of":"the second"}""") with { DeliveryId = delivery.DeliveryId }, Cancellation);
        await Eventually.Read(() => worker.Runs(delivery.DeliveryId), runs => runs.Count(run => run.State == JobState.Dead) == 2, "both are dead");
        using var enabled = await worker.Api.PostAsync($"/api/webhooks/endpoints/{first.Id}/enable", null, Cancellation);
        Assert.Equal(HttpStatusCode.OK, enabled.StatusCode);

        using var unclear = await worker.Api.PostAsync($"/api/webhooks/{delivery.DeliveryId}/redeliver", null, Cancellation);
        using var clear = await worker.Api.PostAsync($"/api/webhooks/{delivery.DeliveryId}/redeliver?merchant_id={first.Id}", null, Cancellation);

        Assert.Equal((HttpStatusCode.Conflict, HttpStatusCode.Accepted), (unclear.StatusCode, clear.StatusCode));
        await Eventually.Read(() => worker.Runs(delivery.DeliveryId), runs => runs.Any(run => run.State == JobState.Succeeded), "the first is delivered");
        Assert.Equal(2, first.Received.Count);
        Assert.All(first.Received, webhook => Assert.Contains("the first", TextOf(webhook), StringComparison.Ordinal));
        Assert.Contains("the second", TextOf(Assert.Single(second.Received)), StringComparison.Ordinal);

        static string TextOf(CapturedWebhook webhook) => Encoding.UTF8.GetString(webhook.Body);
    }

    [Theory]
    [InlineData("payment.completed", """{"amount":2.20}""")]
    [InlineData("payment.failed", """{"amount":1.10}""")]
    public async Task Should_refuse_another_text_of_the_same_merchant(string @event, string payload)
    {
        var merchant = await worker.AddMerchant();
        var delivery = await worker.Publish(merchant);
        await worker.WaitUntilEndedAsync(delivery.DeliveryId);
        var other = TestWorker.NewDelivery(merchant, @event, payload) with { DeliveryId = delivery.DeliveryId };

        await worker.Bus.Publish(other, Cancellation);

        var letter = await worker.WaitUntilDeadLetterOfAsync(delivery.DeliveryId);
        Assert.Equal("conflict", letter.GetProperty("reason").GetString());
        Assert.Equal(payload, letter.GetProperty("payload").GetProperty("payload").GetRawText());
        Assert.Single(merchant.Received);
        var job = await worker.ViewersApi.GetFromJsonAsync<JsonElement>($"/api/jobs/{delivery.DeliveryId}", Cancellation);
        Assert.Equal("succeeded", job.GetProperty("state").GetString());
        Assert.Equal("succeeded", letter.GetProperty("job_state").GetString());

        // Put back it is refused again, and the other one stands where it stood.
        using (var requeued = await worker.Api.PostAsync($"/api/dead-letters/{letter.GetProperty("id").GetString()}/requeue", null, Cancellation))
        {
            Assert.Equal(HttpStatusCode.Accepted, requeued.StatusCode);
        }

        await worker.WaitUntilRunsAsync(delivery.DeliveryId, count: 3);
        job = await worker.ViewersApi.GetFromJsonAsync<JsonElement>($"/api/jobs/{delivery.DeliveryId}", Cancellation);
        Assert.Equal(("succeeded", 1), (job.GetProperty("state").GetString(), job.GetProperty("attempts_made").GetInt32()));
        Assert.Single(merchant.Received);

        using var refused = await worker.Api.PostAsJsonAsync(
            "/api/jobs/webhooks",
            new { delivery_id = delivery.DeliveryId, merchant_id = merchant.Id, @event, payload = JsonElement.Parse(payload) },
            Cancellation);
        Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);
        Assert.Contains("delivery_id", await refused.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    /// <summary>Nobody asks the register, because the merchant is left alone for an hour.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Should_refuse_another_text_of_what_waits(bool wasAttempted)
    {
        var merchant = (await worker.AddMerchant()).Answers(new MerchantAnswer(429) { RetryAfter = "3600" });
        var attempted = await worker.Publish(merchant);
        await worker.WaitUntilWaitingAsync(attempted.DeliveryId);
        var waiting = attempted;
        if (!wasAttempted)
        {
            waiting = await worker.Publish(merchant);
            await worker.WaitUntilWaitingAsync(waiting.DeliveryId);
        }

        await worker.Bus.Publish(waiting, Cancellation);
        await worker.Bus.Publish(waiting with { Payload = JsonElement.Parse("""{"of":"another"}""") }, Cancellation);

        var letter = await worker.WaitUntilDeadLetterOfAsync(waiting.DeliveryId);
        Assert.Equal("conflict", letter.GetProperty("reason").GetString());
        Assert.Contains("another", letter.GetProperty("payload").GetProperty("payload").GetRawText(), StringComparison.Ordinal);
        Assert.Equal([attempted.DeliveryId], merchant.Received.Select(webhook => webhook.Id));
        using var cancelled = await worker.Api.PostAsJsonAsync("/api/waiting/cancel", new { merchant_id = merchant.Id }, Cancellation);
        var answer = await cancelled.Content.ReadFromJsonAsync<JsonElement>(Cancellation);
        Assert.Equal(wasAttempted ? 1 : 2, answer.GetProperty("cancelled").GetInt32());
    }

    [Theory]
    [InlineData("D")]
    [InlineData("N")]
    [InlineData("B")]
    public async Task Should_take_another_spelling_of_a_merchant_for_the_same_merchant(string format)
    {
        var merchant = await worker.AddMerchant();
        var delivery = TestWorker.NewDelivery(merchant);
        var message = $$"""
            {"delivery_id":"{{delivery.DeliveryId}}","merchant_id":"{{merchant.Key.ToString(format).ToUpperInvariant()}}","event":"payment.completed","payload":{"amount":1.10} }
            """;

        await worker.Broker.Publish("Gateway.Contracts:DeliverWebhook", "", Encoding.UTF8.GetBytes(message), new BasicProperties { ContentType = "application/json" });
        await worker.WaitUntilEndedAsync(delivery.DeliveryId);
        await worker.Bus.Publish(delivery, Cancellation);

        var runs = await worker.WaitUntilRunsAsync(delivery.DeliveryId, count: 2);
        Assert.All(runs, run => Assert.Equal(merchant.Id, run.MerchantId));
        Assert.Single(merchant.Received);
    }

    /// <summary>Else it would be released, refused and dead-lettered again and again.</summary>
    [Fact]
    public async Task Should_let_what_is_refused_leave_the_waiting_room()
    {
        var merchant = await worker.AddMerchant();
        var now = TimeProvider.System.GetUtcNow().UtcDateTime;
        var delivery = TestWorker.NewDelivery(merchant, payload: "[]");
        await worker.Write(db =>
        {
            db.Add(new WaitingWebhook
            {
                DeliveryId = delivery.DeliveryId,
                MerchantId = merchant.Key,
                DueAt = now,
                WaitsSince = now,
                EnqueuedAt = now,
                Attempt = 1,
                Reason = WaitReason.NoRoom,
                Event = delivery.Event,
                Message = JsonSerializer.SerializeToUtf8Bytes(delivery),
            });
            db.Add(new WaitingMerchant { MerchantId = merchant.Key, NextAt = now, Rank = 0 });
        });

        Assert.Equal("invalid_payload", (await worker.WaitUntilDeadLetterOfAsync(delivery.DeliveryId)).GetProperty("reason").GetString());
        await worker.WaitUntilNothingWaitsAsync();
        Assert.Equal(0, await worker.CountLeases());
    }

    public sealed class Worker(TestServers servers) : TestWorker(servers);
}
