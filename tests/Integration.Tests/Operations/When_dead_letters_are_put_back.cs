using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Gateway.Contracts;
using Gateway.Integration.Tests.Delivery;
using Gateway.Integration.Tests.Servers;
using Gateway.Persistence.JobLog;
using Gateway.Worker.Bus;
using RabbitMQ.Client;
using Xunit;

namespace Gateway.Integration.Tests.Operations;

public sealed class When_dead_letters_are_put_back(When_dead_letters_are_put_back.Worker worker) : IClassFixture<When_dead_letters_are_put_back.Worker>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_show_the_error_the_attempts_and_to_operators_the_payload()
    {
        var (merchant, delivery) = await ExhaustAsync("""{"amount":1.10,"note":"caf\u00e9 é"}""");

        var letter = await LetterAsync(worker.Api, merchant);
        Assert.Equal(delivery.DeliveryId, letter.GetProperty("job_id").GetGuid());
        Assert.Equal(("webhook:delivery", "payment.completed", "exhausted", "dead"), (
            letter.GetProperty("job_type").GetString(), letter.GetProperty("event").GetString(), letter.GetProperty("reason").GetString(), letter.GetProperty("job_state").GetString()));
        Assert.Equal("3 attempts failed, the last one by status 500", letter.GetProperty("error").GetString());
        Assert.Equal(3, letter.GetProperty("attempts").GetArrayLength());
        Assert.Equal("1.10", letter.GetProperty("payload").GetProperty("payload").GetProperty("amount").GetRawText());

        Assert.False((await LetterAsync(worker.ViewersApi, merchant)).TryGetProperty("payload", out _));
    }

    [Fact]
    public async Task Should_get_every_attempt_again_and_be_seen_as_succeeded()
    {
        const string Payload = """{"amount":1.10,"note":"caf\u00e9 é"}""";
        var (merchant, delivery) = await ExhaustAsync(Payload);
        var id = (await LetterAsync(worker.Api, merchant)).GetProperty("id").GetString();
        merchant.Answers(500, 500, 200);

        using var answer = await worker.Api.PostAsync($"/api/dead-letters/{id}/requeue?queue=webhooks", null, Cancellation);
        Assert.Equal(1, (await answer.Content.ReadFromJsonAsync<JsonElement>(Cancellation)).GetProperty("requeued").GetInt32());

        var runs = await Eventually.Read(() => worker.Runs(delivery.DeliveryId), r => r is [.., { State: JobState.Succeeded }], "the webhook was delivered");
        Assert.Equal(
            [(1, JobState.Retrying), (2, JobState.Retrying), (3, JobState.Dead), (0, JobState.Queued), (1, JobState.Retrying), (2, JobState.Retrying), (3, JobState.Succeeded)],
            runs.Select(r => (r.Attempt, r.State)));
        Assert.All(merchant.Received, webhook => Assert.Contains($"\"data\":{Payload}", Encoding.UTF8.GetString(webhook.Body), StringComparison.Ordinal));
        Assert.Empty(await LettersAsync(worker.Api, merchant));
    }

    [Fact]
    public async Task Should_put_back_many_by_merchant_and_leave_the_others_in_their_order()
    {
        var (first, _) = await ExhaustAsync();
        var (second, _) = await ExhaustAsync();
        var again = await ExhaustAsync(first);
        var before = (await AllAsync()).Where(l => l.GetProperty("merchant_id").GetString() != first.Id).Select(l => l.GetProperty("id").GetString()).ToArray();
        first.Answers(200);

        using var answer = await worker.Api.PostAsJsonAsync("/api/dead-letters/requeue", new { queue = "webhooks", merchant_id = first.Id }, Cancellation);
        var requeued = await answer.Content.ReadFromJsonAsync<JsonElement>(Cancellation);
        Assert.Equal((2, false), (requeued.GetProperty("requeued").GetInt32(), requeued.GetProperty("has_more").GetBoolean()));

        await Eventually.Read(() => worker.Runs(again.DeliveryId), r => r is [.., { State: JobState.Succeeded }], "the webhook was delivered");
        Assert.Equal(before, (await AllAsync()).Select(l => l.GetProperty("id").GetString()));
        Assert.Single(await LettersAsync(worker.Api, second));
    }

    [Fact]
    public async Task Should_be_moved_once_when_two_operators_ask_at_once()
    {
        var (merchant, delivery) = await ExhaustAsync();
        var id = (await LetterAsync(worker.Api, merchant)).GetProperty("id").GetString();
        merchant.Answers(200);

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => worker.Api.PostAsync($"/api/dead-letters/{id}/requeue?queue=webhooks", null, Cancellation)));

        Assert.Single(answers, a => a.StatusCode == HttpStatusCode.OK);
        Assert.All(answers, a => Assert.True(a.StatusCode is HttpStatusCode.OK or HttpStatusCode.NotFound));
        await Eventually.Read(() => worker.Runs(delivery.DeliveryId), r => r is [.., { State: JobState.Succeeded }], "the webhook was delivered");
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
        await worker.Broker.Publish("", QueueNames.Periodic, Encoding.UTF8.GetBytes("""{"no":"job"}"""), new BasicProperties());
        await worker.Broker.Find(QueueNames.ErrorsOf(QueueNames.Periodic), _ => true);
        await worker.Broker.Publish("", QueueNames.ErrorsOf(QueueNames.Periodic), Encoding.UTF8.GetBytes(body), new BasicProperties
        {
            MessageId = jobId.ToString(),
            ContentType = "application/vnd.masstransit+json",
            Headers = new Dictionary<string, object?> { ["MT-Redelivery-Count"] = 3, ["MT-Fault-Message"] = "no" },
        });

        using var answer = await worker.Api.PostAsync($"/api/dead-letters/{jobId}/requeue?queue=periodic", null, Cancellation);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var runs = await Eventually.Read(() => worker.Runs(jobId), r => r is [.., { State: JobState.Succeeded }], "the job is done");
        Assert.Equal([(0, JobState.Queued), (1, JobState.Succeeded)], runs.Select(r => (r.Attempt, r.State)));
    }

    [Fact]
    public async Task Should_be_dropped_by_its_id_and_leave_a_record()
    {
        var (merchant, delivery) = await ExhaustAsync();
        var id = (await LetterAsync(worker.Api, merchant)).GetProperty("id").GetString();

        using var dropped = await worker.Api.DeleteAsync($"/api/dead-letters/{id}?queue=webhooks", Cancellation);
        using var again = await worker.Api.DeleteAsync($"/api/dead-letters/{id}?queue=webhooks", Cancellation);

        Assert.Equal((HttpStatusCode.NoContent, HttpStatusCode.NotFound), (dropped.StatusCode, again.StatusCode));
        Assert.Empty(await LettersAsync(worker.Api, merchant));
        var actions = await worker.ViewersApi.GetFromJsonAsync<JsonElement[]>("/api/operator-actions", Cancellation);
        var action = actions!.Last(a => a.GetProperty("target").GetString()!.Contains(id!, StringComparison.Ordinal));
        Assert.Equal(("operator", "DELETE /api/dead-letters/{id}", 204), (
            action.GetProperty("operator").GetString(), action.GetProperty("action").GetString(), action.GetProperty("status_code").GetInt32()));
        Assert.Contains(delivery.DeliveryId.ToString(), action.GetProperty("outcome").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/api/dead-letters", HttpStatusCode.BadRequest, "queue is missing")]
    [InlineData("/api/dead-letters?queue=nothing", HttpStatusCode.NotFound, "webhooks, periodic")]
    [InlineData("/api/dead-letters?queue=webhooks&limit=1000000", HttpStatusCode.BadRequest, "1 to 500")]
    public async Task Should_say_what_is_wrong_with_a_question(string path, HttpStatusCode status, string detail)
    {
        using var answer = await worker.ViewersApi.GetAsync(path, Cancellation);

        Assert.Equal(status, answer.StatusCode);
        Assert.Contains(detail, await answer.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_not_be_changed_by_a_viewer()
    {
        using var answer = await worker.ViewersApi.PostAsync("/api/dead-letters/x/requeue?queue=webhooks", null, Cancellation);

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    private async Task<(Merchant Merchant, DeliverWebhook Delivery)> ExhaustAsync(string payload = """{"amount":1.10}""")
    {
        var merchant = await worker.AddMerchant();
        return (merchant, await ExhaustAsync(merchant, payload));
    }

    private async Task<DeliverWebhook> ExhaustAsync(Merchant merchant, string payload = """{"amount":1.10}""")
    {
        merchant.Answers(500);
        var delivery = await worker.Publish(merchant, payload: payload);
        await worker.RunsToTheEnd(delivery.DeliveryId);
        await Eventually.Read(AllAsync, all => all.Any(l => l.GetProperty("job_id").GetGuid() == delivery.DeliveryId), "the dead letter is there");
        return delivery;
    }

    private static async Task<JsonElement> LetterAsync(HttpClient api, Merchant merchant) => Assert.Single(await LettersAsync(api, merchant));

    private static async Task<JsonElement[]> LettersAsync(HttpClient api, Merchant merchant) =>
        [.. (await api.GetFromJsonAsync<JsonElement>($"/api/dead-letters?queue=webhooks&merchant_id={merchant.Id}", Cancellation)).GetProperty("dead_letters").EnumerateArray()];

    private async Task<JsonElement[]> AllAsync() =>
        [.. (await worker.Api.GetFromJsonAsync<JsonElement>("/api/dead-letters?queue=webhooks&limit=500", Cancellation)).GetProperty("dead_letters").EnumerateArray()];

    public sealed class Worker(TestServers servers) : TestWorker(servers, ("WEBHOOK_RETRY_DELAYS", "50ms,100ms"));
}
