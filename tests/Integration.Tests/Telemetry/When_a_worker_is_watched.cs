using System.Text;
using System.Text.Json;
using Xunit;

namespace Gateway.Integration.Tests.Telemetry;

public sealed class When_a_worker_is_watched(WatchedWorker worker) : IClassFixture<WatchedWorker>
{
    private static readonly string[] Levels = ["debug", "info", "warn", "error", "fatal"];

    [Fact]
    public void Should_show_one_trace_from_the_publisher_over_every_attempt_to_the_decision()
    {
        var spans = TraceOf(worker.Dead);
        var attempts = spans.Where(s => s["gateway.job.type"] == "webhook:delivery").OrderBy(s => s["gateway.job.attempt"]).ToArray();

        Assert.Equal(["1", "2", "3"], attempts.Select(a => a["gateway.job.attempt"]));
        Assert.Equal(["webhooks process", "webhooks_retry process", "webhooks_retry process"], attempts.Select(a => a.Name));
        Assert.Equal(["retrying", "retrying", "dead"], attempts.Select(a => a["gateway.job.outcome"]));
        Assert.All(attempts, attempt =>
        {
            Assert.True(attempt.IsError);
            Assert.Equal("status", attempt["error.type"]);
            Assert.Equal("500", attempt["http.response.status_code"]);
            Assert.Equal(worker.Dead.ToString(), attempt["gateway.delivery.id"]);
            Assert.Equal("process", attempt["messaging.operation.type"]);
            Assert.Equal("rabbitmq", attempt["messaging.system"]);
            var request = Assert.Single(spans, s => s.ParentId == attempt.SpanId && s["http.request.method"] is not null);
            Assert.Equal("POST", request.Name);
            Assert.Equal("127.0.0.1", request["server.address"]);
            Assert.Equal("500", request["http.response.status_code"]);
            Assert.True(request.IsError);
        });

        // From each attempt back to the publisher: received, after it waited for the attempt before.
        Assert.Equal(
            [WatchedWorker.PublishersSpan, "webhooks receive"],
            Ancestors(spans, attempts[0]));
        Assert.Equal(
            [WatchedWorker.PublishersSpan, "webhooks receive", "webhooks process", "webhooks_retry receive"],
            Ancestors(spans, attempts[1]));
        Assert.Equal(2, Ancestors(spans, attempts[2]).Count(name => name == "webhooks_retry receive"));
    }

    [Fact]
    public void Should_show_that_a_retry_succeeded()
    {
        var attempts = TraceOf(worker.Retried).Where(s => s["gateway.job.type"] == "webhook:delivery").OrderBy(s => s["gateway.job.attempt"]).ToArray();

        Assert.Equal([true, false], attempts.Select(a => a.IsError));
        Assert.Equal("succeeded", attempts[1]["gateway.job.outcome"]);
        Assert.Equal("200", attempts[1]["http.response.status_code"]);
    }

    [Fact]
    public void Should_begin_a_trace_at_a_tick_and_follow_it_through_the_outbox_to_the_webhook()
    {
        var webhook = Assert.Single(worker.Collector.Spans, s => s["gateway.webhook.event"] == "payment.expired");
        var spans = worker.Collector.Spans.Where(s => s.TraceId == webhook.TraceId).ToArray();

        var ancestors = Ancestors(spans, webhook).ToArray();
        Assert.Equal("payment-expiry tick", ancestors[0]);
        Assert.Equal("", spans.Single(s => s.Name == "payment-expiry tick").ParentId);
        Assert.Contains("periodic process", ancestors);
        Assert.Contains("Gateway.Contracts:DeliverWebhook send", ancestors);
    }

    [Fact]
    public void Should_show_what_a_job_asks_of_the_database_and_no_statement_of_no_job()
    {
        var statements = worker.Collector.Spans.Where(s => s["db.system.name"] == "postgresql" || s["db.system"] == "postgresql").ToArray();

        Assert.NotEmpty(statements);
        Assert.DoesNotContain(statements, s => s.ParentId.Length == 0);
    }

    [Theory]
    [InlineData("gateway.job.attempts", "webhook:delivery", "succeeded", 3)]
    [InlineData("gateway.job.attempts", "wallet:balance_check", "retrying", 2)]
    [InlineData("gateway.job.attempts", "wallet:balance_check", "dead", 1)]
    [InlineData("gateway.job.attempts", "report:daily_settlement", "succeeded", 2)]
    [InlineData("gateway.job.duration", "report:daily_settlement", "succeeded", 2)]
    [InlineData("gateway.job.latency", "wallet:balance_check", "dead", 1)]
    public void Should_tell_the_collector_its_figures_too(string name, string job, string outcome, int count) => Assert.Equal(
        count,
        worker.Collector.Figures.Where(f => f.Name == name && f["job_type"] == job && f["outcome"] == outcome).Sum(f => f.Value));

    [Fact]
    public void Should_tell_merchants_nothing_of_traces() =>
        Assert.DoesNotContain(worker.MerchantsHeaders, name => name.ToLowerInvariant() is "traceparent" or "tracestate" or "baggage" or "correlation-context" or "request-id");

    [Fact]
    public void Should_log_each_attempt_of_a_webhook_with_its_ids_and_its_trace()
    {
        AssertLogged(worker.Delivered, "webhook:delivery", "webhooks", 1, "debug", "delivered");
        AssertLogged(worker.Retried, "webhook:delivery", "webhooks", 1, "warn", "failed");
        AssertLogged(worker.Retried, "webhook:delivery", "webhooks_retry", 2, "debug", "delivered");
        AssertLogged(worker.Dead, "webhook:delivery", "webhooks_retry", 3, "warn", "failed");
        var dead = AssertLogged(worker.Dead, "webhook:delivery", "webhooks_retry", 3, "error", "dead letter");
        Assert.Equal("payment.completed", dead.GetProperty("event").GetString());
        Assert.Equal(WatchedWorker.PublishersTrace(worker.Dead), dead.GetProperty("trace_id").GetString());
    }

    [Fact]
    public void Should_log_a_scheduled_job_through_success_retry_and_dead_letter()
    {
        AssertLogged(worker.DeadCheck, "wallet:balance_check", "monitoring", 1, "warn", "failed");
        AssertLogged(worker.DeadCheck, "wallet:balance_check", "monitoring", 2, "warn", "failed");
        AssertLogged(worker.RetriedCheck, "wallet:balance_check", "monitoring", 1, "warn", "failed");
        AssertLogged(worker.RetriedCheck, "wallet:balance_check", "monitoring", 2, "info", "done");
        AssertLogged(worker.Check, "wallet:balance_check", "monitoring", 1, "info", "done");

        AssertLogged(worker.DeadReport, "report:daily_settlement", "reports", 1, "warn", "failed");
        AssertLogged(worker.DeadReport, "report:daily_settlement", "reports", 2, "warn", "failed");
        AssertLogged(worker.RetriedReport, "report:daily_settlement", "reports", 1, "warn", "failed");
        AssertLogged(worker.RetriedReport, "report:daily_settlement", "reports", 2, "info", "done");
        AssertLogged(worker.Report, "report:daily_settlement", "reports", 1, "info", "done");
    }

    [Fact]
    public void Should_log_the_expiries_of_ticks_through_success_retry_and_dead_letter()
    {
        var expiries = worker.Log
            .Where(line => TextOf(line, "job_type") == "payment:expiry" && TextOf(line, "logger")!.Contains("JobConsumer", StringComparison.Ordinal))
            .Where(line => line.TryGetProperty("attempt", out _) && TextOf(line, "level") is ("warn" or "info"))
            .ToLookup(line => Guid.Parse(TextOf(line, "job_id")!), line => (line.GetProperty("attempt").GetInt32(), TextOf(line, "level")));

        Assert.Contains(expiries, job => job.SequenceEqual([(1, "warn"), (2, "warn")]));
        Assert.Contains(expiries, job => job.SequenceEqual([(1, "warn"), (2, "info")]));
        Assert.Contains(expiries, job => job.SequenceEqual([(1, "info")]));
        foreach (var (job, attempt, level) in expiries.SelectMany(job => job.Select(line => (job.Key, line.Item1, line.Item2!))))
        {
            AssertLogged(job, "payment:expiry", "periodic", attempt, level, level == "warn" ? "failed" : "done");
        }
    }

    [Fact]
    public void Should_write_every_line_in_the_same_shape() => Assert.All(worker.Log, line =>
    {
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", TextOf(line, "timestamp"));
        Assert.Contains(TextOf(line, "level"), Levels);
        Assert.NotNull(TextOf(line, "message"));
        Assert.All(line.EnumerateObject(), field => Assert.Matches("^[a-z0-9_]+$", field.Name));
        Assert.Distinct(line.EnumerateObject().Select(field => field.Name));
    });

    [Fact]
    public void Should_tell_nobody_a_secret()
    {
        string[] forms =
        [
            WatchedWorker.Canary,
            Convert.ToBase64String(Encoding.UTF8.GetBytes(WatchedWorker.Canary))[..12],
            Convert.ToHexString(Encoding.UTF8.GetBytes(WatchedWorker.Canary)),
        ];

        Assert.True(worker.Told["collector"].Length > 1_000);
        Assert.All(worker.Told, told => Assert.All(forms, form => Assert.False(
            told.Value.Contains(form, StringComparison.OrdinalIgnoreCase), $"{told.Key} tells: {Around(told.Value, form)}")));
    }

    private IReadOnlyList<Span> TraceOf(Guid delivery) =>
        [.. worker.Collector.Spans.Where(s => s.TraceId == WatchedWorker.PublishersTrace(delivery))];

    /// <summary>The names of a span's ancestors, the first one first; one that is not ours by its id.</summary>
    private static Stack<string> Ancestors(IReadOnlyList<Span> spans, Span span)
    {
        var names = new Stack<string>();
        while (span.ParentId.Length > 0)
        {
            var parent = spans.SingleOrDefault(s => s.SpanId == span.ParentId);
            names.Push(parent?.Name ?? span.ParentId);
            if (parent is null)
            {
                break;
            }

            span = parent;
        }

        return names;
    }

    private JsonElement AssertLogged(Guid job, string type, string queue, int attempt, string level, string word)
    {
        var line = Assert.Single(worker.Log, line =>
            TextOf(line, "job_id") == job.ToString()
            && line.TryGetProperty("attempt", out var number) && number.GetInt32() == attempt
            && TextOf(line, "level") == level
            && TextOf(line, "message")!.Contains(word, StringComparison.Ordinal));
        Assert.Equal(type, TextOf(line, "job_type"));
        Assert.Equal(queue, TextOf(line, "queue"));
        Assert.Equal(32, TextOf(line, "trace_id")!.Length);
        return line;
    }

    private static string? TextOf(JsonElement line, string field) => line.TryGetProperty(field, out var value) ? value.GetString() : null;

    private static string Around(string text, string form)
    {
        var at = text.IndexOf(form, StringComparison.OrdinalIgnoreCase);
        return at < 0 ? "" : text[Math.Max(0, at - 200)..Math.Min(text.Length, at + 50)];
    }
}
