using System.Text.Json;
using Gateway.Contracts;
using Gateway.Persistence.JobLog;
using Gateway.Testing.Merchants;
using Gateway.Testing.Servers;
using Gateway.Testing.Workers;
using Gateway.Worker.Bus;
using Gateway.Worker.Bus.DelayedSends;
using Xunit;

namespace Gateway.Integration.Tests.Webhooks.Saga;

/// <summary>One delivery goes down the whole ladder, once for all these tests.</summary>
public sealed class When_a_merchant_keeps_failing(When_a_merchant_keeps_failing.Worker worker)
    : IClassFixture<When_a_merchant_keeps_failing.Worker>
{
    // Numbers that lose digits, escapes and white space where JSON is read and written again.
    private const string Payload = """{ "amount" : 1.10, "wei":123456789012345678901234567890, "memo":"\u00e9 \/ é" }""";

    private static readonly TimeSpan[] Steps = [.. new[] { 100, 200, 400, 800, 1600 }.Select(ms => TimeSpan.FromMilliseconds(ms))];

    [Fact]
    public void Should_post_six_times()
    {
        Assert.Equal(6, worker.Merchant.Received.Count);
        Assert.All(worker.Merchant.Received, webhook => Assert.Equal(worker.Delivery.DeliveryId, webhook.Id));
    }

    [Fact]
    public async Task Should_leave_nothing_behind_that_could_cause_another_attempt()
    {
        Assert.Null(await worker.FindWaiting(worker.Delivery.DeliveryId));
        Assert.Equal(0, await worker.CountLeases());
        string[] queues = [QueueNames.Webhooks, QueueNames.WebhooksRetry, QueueNames.WebhookAttempts, QueueNames.ErrorsOf(QueueNames.Webhooks)];
        foreach (var queue in queues)
        {
            Assert.Empty(await worker.Broker.Peek(queue));
        }
    }

    [Fact]
    public void Should_send_the_same_bytes_each_time()
    {
        var first = worker.Merchant.Received[0].Body;

        Assert.All(worker.Merchant.Received, webhook => Assert.Equal(first, webhook.Body));
        Assert.EndsWith($$""","data":{{Payload}}}""", System.Text.Encoding.UTF8.GetString(first), StringComparison.Ordinal);
    }

    [Fact]
    public void Should_sign_each_attempt_at_its_own_time()
    {
        var timestamps = worker.Merchant.Received.Select(w => w.Timestamp).ToArray();

        Assert.Equal(timestamps.Order(), timestamps);
        // The ladder lasts 2.48 s at least.
        Assert.True(timestamps[^1] > timestamps[0]);
        Assert.Equal(
            timestamps.Distinct().Count(),
            worker.Merchant.Received.Select(w => Assert.Single(w.Signatures)).Distinct().Count());
    }

    [Fact]
    public async Task Should_record_every_attempt()
    {
        var runs = await worker.Runs(worker.Delivery.DeliveryId);

        Assert.Equal([1, 2, 3, 4, 5, 6], runs.Select(r => r.Attempt));
        Assert.Equal([.. Enumerable.Repeat(JobState.Retrying, 5), JobState.Dead], runs.Select(r => r.State));
        Assert.Equal([QueueNames.Webhooks, .. Enumerable.Repeat(QueueNames.WebhooksRetry, 5)], runs.Select(r => r.Queue));
        Assert.All(runs, run => Assert.Equal(("status", 503, "sorry"), (run.Reason, run.StatusCode, run.Detail)));
    }

    [Fact]
    public async Task Should_wait_as_long_as_planned_before_each_retry()
    {
        var runs = await worker.Runs(worker.Delivery.DeliveryId);

        for (var retry = 1; retry < runs.Count; retry++)
        {
            var waited = runs[retry].StartedAt - runs[retry - 1].StartedAt;
            Assert.True(waited >= Steps[retry - 1] * (1 - DelaySteps.Jitter), $"retry {retry} came after {waited}");
        }
    }

    [Fact]
    public async Task Should_keep_one_dead_letter_with_its_history()
    {
        var letter = await worker.WaitUntilDeadLetterOfAsync(worker.Delivery.DeliveryId);

        var message = letter.GetProperty("payload");
        Assert.Equal(worker.Delivery.DeliveryId, message.GetProperty("delivery_id").GetGuid());
        Assert.Equal(worker.Merchant.Id, message.GetProperty("merchant_id").GetString());
        Assert.Equal(Payload, await worker.KeptPayload(worker.Delivery.DeliveryId));
        Assert.Equal(("exhausted", 6), (letter.GetProperty("reason").GetString(), letter.GetProperty("attempts_made").GetInt32()));
        Assert.Equal("6 attempts failed, the last one by status 503", letter.GetProperty("error").GetString());
        var history = letter.GetProperty("attempts").EnumerateArray().ToArray();
        Assert.Equal([1, 2, 3, 4, 5, 6], history.Select(a => a.GetProperty("attempt").GetInt32()));
        Assert.All(history, attempt => Assert.Equal(("status", 503), (attempt.GetProperty("reason").GetString(), attempt.GetProperty("status_code").GetInt32())));
    }

    [Fact]
    public void Should_tell_other_services_of_each_failure_and_of_the_end()
    {
        Assert.Equal([1, 2, 3, 4, 5, 6], worker.Failures.Select(f => f.GetProperty("attempt").GetInt32()));
        Assert.Equal(6, worker.Exhausted.GetProperty("attempts").GetInt32());
        Assert.Equal("status", worker.Exhausted.GetProperty("reason").GetString());
        Assert.Equal(503, worker.Exhausted.GetProperty("status_code").GetInt32());
        Assert.Equal(worker.Merchant.Id, worker.Exhausted.GetProperty("merchant_id").GetString());
    }

    public sealed class Worker(TestServers servers) : TestWorker(servers, ("WEBHOOK_ATTEMPT_EVENTS", "true")), IAsyncLifetime
    {
        private readonly List<JsonElement> _failures = [];

        public TestMerchant Merchant { get; private set; } = null!;

        public DeliverWebhook Delivery { get; private set; } = null!;

        public IReadOnlyList<JsonElement> Failures => _failures;

        public JsonElement Exhausted { get; private set; }

        async ValueTask IAsyncLifetime.InitializeAsync()
        {
            await InitializeAsync();
            var failed = await Broker.Subscribe<WebhookAttemptFailed>();
            var exhausted = await Broker.Subscribe<WebhookExhausted>();
            Merchant = (await AddMerchant()).Answers(new MerchantAnswer(503) { Body = "sorry" });

            Delivery = await Publish(Merchant, payload: Payload);

            Exhausted = await exhausted.WaitUntilReceivedAsync(Delivery.DeliveryId.ToString());
            for (var attempt = 1; attempt <= 6; attempt++)
            {
                _failures.Add(await failed.WaitUntilReceivedAsync(Delivery.DeliveryId.ToString()));
            }
        }
    }
}
