using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Gateway.Contracts;
using Gateway.Persistence.JobLog;
using Gateway.Testing;
using Gateway.Testing.Merchants;
using Gateway.Testing.Servers;
using Gateway.Testing.Workers;
using Gateway.Worker.Bus;
using Gateway.Worker.Payments;
using RabbitMQ.Client;
using Xunit;

namespace Gateway.Integration.Tests.Ops.DeadLetters;

/// <summary>What trials found (docs/faults.md: D7).</summary>
public sealed class When_dead_letters_are_put_back(When_dead_letters_are_put_back.Worker worker) : IClassFixture<When_dead_letters_are_put_back.Worker>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_show_the_error_the_attempts_and_to_operators_the_payload()
    {
        var (merchant, delivery) = await ExhaustAsync("""{"amount":1.10,"note":"caf\u00e9 é"}""");

        var letter = await LetterAsync(worker.Api, merchant);
        Assert.Equal(delivery.DeliveryId, letter.GetProperty("job_id").GetGuid());
        Assert.Equal(("webhook:delivery", "payment.completed", "exhausted", "dead", "dead"), (
            TextOf(letter, "job_type"), TextOf(letter, "event"), TextOf(letter, "reason"), TextOf(letter, "job_state"), TextOf(letter, "state")));
        Assert.Contains("500", TextOf(letter, "error"), StringComparison.Ordinal);
        Assert.Equal([1, 2, 3], letter.GetProperty("attempts").EnumerateArray().Select(a => a.GetProperty("attempt").GetInt32()));
        Assert.Equal("1.10", letter.GetProperty("payload").GetProperty("payload").GetProperty("amount").GetRawText());

        var shown = await LetterAsync(worker.ViewersApi, merchant);
        Assert.All(["payload", "body_base64", "unreadable", "headers"], secret => Assert.False(shown.TryGetProperty(secret, out _)));
    }

    [Fact]
    public async Task Should_get_every_attempt_again_and_be_seen_as_succeeded()
    {
        const string Payload = """{"amount":1.10,"note":"caf\u00e9 é"}""";
        var (merchant, delivery) = await ExhaustAsync(Payload);
        merchant.Answers(500, 500, 200);

        var requeue = await RequeueAsync(IdOf(await LetterAsync(worker.Api, merchant)));

        var runs = await Eventually.Read(() => worker.Runs(delivery.DeliveryId), r => r is [.., { State: JobState.Succeeded }], "the webhook was delivered");
        Assert.Equal(
            [(1, JobState.Retrying), (2, JobState.Retrying), (3, JobState.Dead), (0, JobState.Queued), (1, JobState.Retrying), (2, JobState.Retrying), (3, JobState.Succeeded)],
            runs.Select(r => (r.Attempt, r.State)));
        Assert.Equal(("requeued", (short)1), (runs[3].Reason, runs[3].Round));
        Assert.All(merchant.Received, webhook => Assert.Contains($"\"data\":{Payload}", Encoding.UTF8.GetString(webhook.Body), StringComparison.Ordinal));
        Assert.Empty(await LettersAsync(worker.Api, merchant));
        await Eventually.Read(() => ProgressAsync(requeue), progress => progress == (1, 1, "done"), "the letter says so");
    }

    /// <summary>The publisher did not say when it happened. Merchants order events by what the body says.</summary>
    [Fact]
    public async Task Should_say_in_every_post_when_it_was_published()
    {
        var (id, merchant) = (Guid.CreateVersion7(), (await worker.AddMerchant()).Answers(500));
        var published = DateTimeOffset.FromUnixTimeSeconds(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() - 3600);
        var message = Encoding.UTF8.GetBytes($$$"""{"delivery_id":"{{{id}}}","merchant_id":"{{{merchant.Id}}}","event":"payment.completed","payload":{"amount":1.10}}""");
        var properties = new BasicProperties { ContentType = "application/json", Timestamp = new AmqpTimestamp(published.ToUnixTimeSeconds()) };
        await worker.Broker.Publish("", QueueNames.Webhooks, message, properties);
        await worker.WaitUntilDeadLetterOfAsync(id);

        merchant.Answers(500, 200);
        await RequeueAsync(IdOf(await LetterAsync(worker.Api, merchant)));
        await Eventually.Read(() => worker.Runs(id), r => r is [.., { State: JobState.Succeeded }], "the webhook was delivered");

        Assert.Equal(5, merchant.Received.Count);
        Assert.All(merchant.Received, webhook => Assert.Equal(
            $$$"""{"type":"payment.completed","timestamp":"{{{published:yyyy-MM-dd'T'HH:mm:ss'Z'}}}","data":{"amount":1.10}}""",
            Encoding.UTF8.GetString(webhook.Body)));
    }

    [Fact]
    public async Task Should_put_back_all_that_match_and_leave_the_others()
    {
        var (first, _) = await ExhaustAsync();
        var (second, _) = await ExhaustAsync();
        var again = await ExhaustAsync(first);
        first.Answers(200);

        Assert.Equal(2, (await PostAsync("requeue", new { merchant_id = first.Id, dry_run = true })).GetProperty("count").GetInt32());
        Assert.Equal(2, (await LettersAsync(worker.Api, first)).Length);
        // An id in any spelling is the merchant's.
        var spelled = first.Id.ToUpperInvariant();
        Assert.Equal(2, (await worker.Api.GetFromJsonAsync<JsonElement>($"/api/dead-letters?merchant_id={spelled}", Cancellation)).GetProperty("dead_letters").GetArrayLength());
        var requeue = await PostAsync("requeue", new { merchant_id = spelled });
        Assert.Equal(2, requeue.GetProperty("total").GetInt32());

        await Eventually.Read(() => worker.Runs(again.DeliveryId), r => r is [.., { State: JobState.Succeeded }], "the webhook was delivered");
        await Eventually.Read(() => ProgressAsync(requeue), progress => progress == (2, 2, "done"), "both are back");
        Assert.Single(await LettersAsync(worker.Api, second));
        var nothing = await PostAsync("requeue", new { merchant_id = first.Id });
        await Eventually.Read(() => ProgressAsync(nothing), progress => progress == (0, 0, "done"), "a filter that matches nothing is soon done");
    }

    [Fact]
    public async Task Should_be_moved_once_when_two_operators_ask_at_once()
    {
        var (merchant, delivery) = await ExhaustAsync();
        var id = IdOf(await LetterAsync(worker.Api, merchant));
        merchant.Answers(200);

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => worker.Api.PostAsync($"/api/dead-letters/{id}/requeue", null, Cancellation)));

        Assert.Single(answers, a => a.StatusCode == HttpStatusCode.Accepted);
        Assert.All(answers, a => Assert.True(a.StatusCode is HttpStatusCode.Accepted or HttpStatusCode.Conflict, $"{a.StatusCode}"));
        await Eventually.Read(() => worker.Runs(delivery.DeliveryId), r => r is [.., { State: JobState.Succeeded }], "the webhook was delivered");
        Assert.Equal(4, merchant.Received.Count);
        // It may be delivered before its letter says that it has been put back.
        await Eventually.Read(
            async () =>
            {
                using var late = await worker.Api.PostAsync($"/api/dead-letters/{id}/requeue", null, Cancellation);
                return (late.StatusCode, Text: await late.Content.ReadAsStringAsync(Cancellation));
            },
            late => late.Text.Contains("operator asked for that", StringComparison.Ordinal),
            "who comes late is told");
        Assert.Equal(4, merchant.Received.Count);
    }

    [Fact]
    public async Task Should_reset_what_counts_the_faults_of_a_scheduled_job()
    {
        var jobId = Guid.CreateVersion7();
        // As MassTransit leaves it after its last redelivery: the counter is in the envelope and in the transport's headers.
        var body = $$"""
            {"messageId":"{{jobId}}","messageType":["urn:message:Gateway.Contracts:ExpirePayments"],"message":{"run_at":"2026-01-31T08:00:00Z"},
             "headers":{"MT-Redelivery-Count":3,"MT-Fault-Message":"no","x-mine":"1"} }
            """;
        await worker.Broker.Publish("", QueueNames.ErrorsOf(ExpirePaymentsJob.Definition.Queue), Encoding.UTF8.GetBytes(body), new BasicProperties
        {
            MessageId = jobId.ToString(),
            ContentType = "application/vnd.masstransit+json",
            Headers = new Dictionary<string, object?> { ["MT-Redelivery-Count"] = 3, ["MT-Fault-Message"] = "no" },
        });
        var letter = await worker.WaitUntilDeadLetterOfAsync(jobId);
        Assert.Equal(("payment:expiry", "no"), (TextOf(letter, "job_type"), TextOf(letter, "error")));

        await RequeueAsync(IdOf(letter));

        var runs = await Eventually.Read(() => worker.Runs(jobId), r => r is [.., { State: JobState.Succeeded }], "the job is done");
        Assert.Equal([(0, JobState.Queued), (1, JobState.Succeeded)], runs.Select(r => (r.Attempt, r.State)));
    }

    [Fact]
    public async Task Should_keep_what_no_consumer_takes_although_it_would_expire()
    {
        var messageId = Guid.CreateVersion7().ToString();
        await worker.Broker.Publish(
            "", QueueNames.Webhooks, """{"messageType":["urn:message:Gateway.Contracts:ExpirePayments"],"message":{"run_at":"2026-01-31T08:00:00Z"}}"""u8.ToArray(),
            new BasicProperties { MessageId = messageId, ContentType = "application/vnd.masstransit+json", Expiration = "60000" });

        var letter = await worker.WaitUntilDeadLetterAsync(messageId);

        Assert.Equal((true, "no_consumer"), (letter.WasSkipped, letter.Reason));
        Assert.InRange(letter.DiedAt, TimeProvider.System.GetUtcNow().UtcDateTime.AddMinutes(-2), TimeProvider.System.GetUtcNow().UtcDateTime);
    }

    [Fact]
    public async Task Should_be_dropped_by_its_id_and_leave_a_record()
    {
        var (merchant, delivery) = await ExhaustAsync();
        var id = IdOf(await LetterAsync(worker.Api, merchant));

        using var dropped = await worker.Api.DeleteAsync($"/api/dead-letters/{id}", Cancellation);
        using var again = await worker.Api.DeleteAsync($"/api/dead-letters/{id}", Cancellation);

        Assert.Equal((HttpStatusCode.NoContent, HttpStatusCode.Conflict), (dropped.StatusCode, again.StatusCode));
        Assert.Empty(await LettersAsync(worker.Api, merchant));
        var actions = await worker.ViewersApi.GetFromJsonAsync<JsonElement[]>("/api/operator-actions", Cancellation);
        var action = actions!.Last(a => TextOf(a, "target")!.Contains(id, StringComparison.Ordinal));
        Assert.Equal(("operator", "DELETE /api/dead-letters/{id}", 204), (TextOf(action, "operator"), TextOf(action, "action"), action.GetProperty("status_code").GetInt32()));
        Assert.Contains(delivery.DeliveryId.ToString(), TextOf(action, "outcome"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_be_dropped_by_a_filter()
    {
        var (merchant, _) = await ExhaustAsync();
        var diedAt = (await LetterAsync(worker.Api, merchant)).GetProperty("died_at").GetDateTimeOffset();

        Assert.Equal(0, (await PostAsync("drop", new { merchant_id = merchant.Id, to = diedAt })).GetProperty("total").GetInt32());
        Assert.Equal(1, (await PostAsync("drop", new { merchant_id = merchant.Id, dry_run = true })).GetProperty("count").GetInt32());
        var drop = await PostAsync("drop", new { merchant_id = merchant.Id, from = diedAt });

        Assert.Equal(("drop", 1), (TextOf(drop, "kind"), drop.GetProperty("total").GetInt32()));
        await Eventually.Read(() => ProgressAsync(drop), progress => progress == (1, 1, "done"), "it is dropped");
        Assert.Empty(await LettersAsync(worker.Api, merchant));
    }

    [Theory]
    [InlineData("?queue=nothing", HttpStatusCode.NotFound, "webhooks, webhooks_retry")]
    [InlineData("?queue=webhooks&limit=1000000", HttpStatusCode.BadRequest, "1 to 500")]
    [InlineData("?from=yesterday", HttpStatusCode.BadRequest, "from 'yesterday' is not a time")]
    [InlineData("?state=1", HttpStatusCode.BadRequest, "dead, requeueing, requeued, dropped")]
    [InlineData("?order=random", HttpStatusCode.BadRequest, "oldest, newest")]
    [InlineData("?cursor=x", HttpStatusCode.BadRequest, "cursor")]
    [InlineData("?merchant_id=%00", HttpStatusCode.BadRequest, "merchant_id holds a NUL")]
    [InlineData("?event=a%00b&reason=%00", HttpStatusCode.BadRequest, "event holds a NUL character, which no text here has; reason holds")]
    public async Task Should_say_what_is_wrong_with_a_question(string query, HttpStatusCode status, string detail)
    {
        using var answer = await worker.ViewersApi.GetAsync("/api/dead-letters" + query, Cancellation);

        Assert.Equal(status, answer.StatusCode);
        Assert.Contains(detail, await answer.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("requeue", """{"merchant_id":"\u0000"}""", HttpStatusCode.BadRequest, "merchant_id holds a NUL")]
    [InlineData("drop", """{"reason":"a\u0000"}""", HttpStatusCode.BadRequest, "reason holds a NUL")]
    [InlineData("drop", """{"queue":"nothing"}""", HttpStatusCode.NotFound, "There is no queue 'nothing'")]
    [InlineData("drop", "{}", HttpStatusCode.BadRequest, "There is no filter")]
    [InlineData("requeue", """{"dry_run":true}""", HttpStatusCode.BadRequest, "There is no filter")]
    [InlineData("drop", """{"merchant":"0192a1b2-0000-7000-8000-000000000000","all":true}""", HttpStatusCode.BadRequest, "merchant")]
    [InlineData("drop", """{"all":true,"dryRun":true}""", HttpStatusCode.BadRequest, "dryRun")]
    [InlineData("drop", """{"rate_per_second":0}""", HttpStatusCode.BadRequest, "rate_per_second 0 is not a number from 1 to 1000")]
    [InlineData("requeue", """{"from":"yesterday"}""", HttpStatusCode.BadRequest, "from")]
    [InlineData("x/requeue", "{}", HttpStatusCode.BadRequest, "not a UUID")]
    [InlineData("0192a1b2-0000-7000-8000-000000000000/requeue", "{}", HttpStatusCode.NotFound, "There is no dead letter")]
    public async Task Should_say_what_is_wrong_with_a_change(string path, string body, HttpStatusCode status, string detail)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await worker.Api.PostAsync($"/api/dead-letters/{path}", content, Cancellation);

        Assert.Equal(status, answer.StatusCode);
        Assert.Contains(detail, await answer.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_not_be_changed_by_a_viewer()
    {
        foreach (var path in new[] { "dead-letters/x/requeue", "dead-letters/requeue", "dead-letters/drop", "bulk-jobs/x/stop", "bulk-jobs/x/resume" })
        {
            using var answer = await worker.ViewersApi.PostAsJsonAsync($"/api/{path}", new { }, Cancellation);

            Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        }
    }

    private async Task<(TestMerchant Merchant, DeliverWebhook Delivery)> ExhaustAsync(string payload = """{"amount":1.10}""")
    {
        var merchant = await worker.AddMerchant();
        return (merchant, await ExhaustAsync(merchant, payload));
    }

    private async Task<DeliverWebhook> ExhaustAsync(TestMerchant merchant, string payload = """{"amount":1.10}""")
    {
        merchant.Answers(500);
        var delivery = await worker.Publish(merchant, payload: payload);
        await worker.WaitUntilEndedAsync(delivery.DeliveryId);
        await worker.WaitUntilDeadLetterOfAsync(delivery.DeliveryId);
        return delivery;
    }

    private async Task<JsonElement> RequeueAsync(string id)
    {
        using var answer = await worker.Api.PostAsync($"/api/dead-letters/{id}/requeue", null, Cancellation);
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        var requeue = await answer.Content.ReadFromJsonAsync<JsonElement>(Cancellation);
        Assert.Equal($"/api/bulk-jobs/{TextOf(requeue, "bulk_job_id")}", answer.Headers.Location!.ToString());
        return requeue;
    }

    private async Task<JsonElement> PostAsync(string path, object body)
    {
        using var answer = await worker.Api.PostAsJsonAsync($"/api/dead-letters/{path}", body, Cancellation);
        Assert.True(answer.IsSuccessStatusCode, $"{answer.StatusCode}");
        return await answer.Content.ReadFromJsonAsync<JsonElement>(Cancellation);
    }

    private async Task<(int Total, int Done, string? State)> ProgressAsync(JsonElement requeue)
    {
        var progress = await worker.ViewersApi.GetFromJsonAsync<JsonElement>($"/api/bulk-jobs/{TextOf(requeue, "bulk_job_id")}", Cancellation);
        return (progress.GetProperty("total").GetInt32(), progress.GetProperty("done").GetInt32(), TextOf(progress, "state"));
    }

    private static string IdOf(JsonElement letter) => TextOf(letter, "id")!;

    private static string? TextOf(JsonElement answer, string property) => answer.GetProperty(property).GetString();

    private static async Task<JsonElement> LetterAsync(HttpClient api, TestMerchant merchant) => Assert.Single(await LettersAsync(api, merchant));

    private static async Task<JsonElement[]> LettersAsync(HttpClient api, TestMerchant merchant) =>
        [.. (await api.GetFromJsonAsync<JsonElement>($"/api/dead-letters?merchant_id={merchant.Id}", Cancellation)).GetProperty("dead_letters").EnumerateArray()];

    public sealed class Worker(TestServers servers) : TestWorker(servers, ("WEBHOOK_RETRY_DELAYS", "50ms,100ms"));
}
