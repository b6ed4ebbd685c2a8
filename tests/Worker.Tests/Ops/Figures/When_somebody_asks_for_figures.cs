using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Gateway.Persistence.Figures;
using Gateway.Persistence.JobLog;
using Gateway.Testing.Workers;
using Gateway.Tests.Persistence;
using Xunit;

namespace Gateway.Worker.Tests.Ops.Figures;

[Collection("Scraped")]
public sealed class When_somebody_asks_for_figures
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_tell_rates_and_durations_and_what_today_has_brought()
    {
        var now = TimeProvider.System.GetUtcNow().UtcDateTime;
        var minute = new DateTime(now.Ticks - (now.Ticks % TimeSpan.TicksPerMinute), DateTimeKind.Utc);
        await using var worker = await EmbeddedWorker.StartAsync();
        await worker.AddAsync(
            Count(minute, JobState.Succeeded, 72, bucket: 4), Count(minute, JobState.Retrying, 18, bucket: 12), Count(minute, JobState.Dead, 6, bucket: 12));

        var figures = await JsonAsync(worker, "/api/figures?by=minute&queue=webhooks");
        var queues = await JsonAsync(worker, "/api/queues");

        Assert.Equal(("minute", false), (figures.GetProperty("by").GetString(), figures.GetProperty("approximate").GetBoolean()));
        var figure = Assert.Single(figures.GetProperty("figures").EnumerateArray());
        Assert.Equal($"{minute:yyyy-MM-ddTHH:mm:00Z}", figure.GetProperty("key").GetString());
        Assert.Equal((96, 0.75, 1.6), (figure.GetProperty("attempts").GetInt32(), figure.GetProperty("success_rate").GetDouble(), figure.GetProperty("per_second").GetDouble()));
        Assert.Equal((0.0833, 28), (figure.GetProperty("p50_seconds").GetDouble(), figure.GetProperty("p95_seconds").GetDouble()));
        var queue = queues.EnumerateArray().Single(one => one.GetProperty("queue").GetString() == "webhooks");
        Assert.Equal((72, 24), (queue.GetProperty("processed_today").GetInt32(), queue.GetProperty("failed_today").GetInt32()));
    }

    [Theory]
    [InlineData("by=weekday", "by 'weekday' is not one of queue, type, minute, hour, merchant, event")]
    [InlineData("from=yesterday", "from 'yesterday' is not a time")]
    [InlineData("limit=0", "limit '0' is not a number from 1 to 1000")]
    [InlineData("by=merchant&queue=webhooks", "ask for one or the other")]
    [InlineData("by=minute&merchant_id=m", "ask for one or the other")]
    [InlineData("from=2026-01-31T08:00:00Z&to=2026-01-31T07:00:00Z", "from is not before to")]
    [InlineData("by=minute&to=0001-01-01T00:00:00Z", "to is before 1970")]
    [InlineData("to=0001-01-01T12:00:00Z", "to is before 1970")]
    [InlineData("from=2001-01-31T08:00:00Z", "no longer")]
    [InlineData("by=minute&from={now-2d}", "ask by hour")]
    [InlineData("by=minute&from={now-9d}&to={now-9d}", "ask by hour")]
    [InlineData("by=event&from={now-9d}", "name a shorter time")]
    public async Task Should_say_which_figures_there_are_not(string query, string complaint)
    {
        await using var worker = await EmbeddedWorker.StartAsync();
        var now = TimeProvider.System.GetUtcNow();
        foreach (var days in new[] { 2, 9 })
        {
            query = query.Replace($"to={{now-{days}d}}", $"to={now.AddDays(-days).AddHours(1):yyyy-MM-ddTHH:mm:ssZ}", StringComparison.Ordinal)
                .Replace($"{{now-{days}d}}", $"{now.AddDays(-days):yyyy-MM-ddTHH:mm:ssZ}", StringComparison.Ordinal);
        }

        using var answer = await worker.GetAsync($"/api/figures?{query}");

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        var problem = await answer.Content.ReadFromJsonAsync<JsonElement>(Cancellation);
        Assert.Contains(complaint, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    // From the payload of a message to what support looks for.
    [Fact]
    public async Task Should_lead_from_an_order_to_its_webhook()
    {
        var merchant = Rows.Merchant(url: null);
        await using var worker = await EmbeddedWorker.StartAsync(("WEBHOOK_REFERENCE_FIELDS", "invoice, order_id"));
        await worker.AddAsync(merchant);
        using var published = await worker.PostAsync(
            "/api/jobs/webhooks", $$$"""{"merchant_id":"{{{merchant.Id}}}","event":"payment.completed","payload":{"order_id":"A-17","payment_id":"p"}}""");
        var job = (await published.Content.ReadFromJsonAsync<JsonElement>(Cancellation)).GetProperty("job_id").GetGuid();

        var hit = Assert.Single((await JsonAsync(worker, "/api/search?q=A-17")).GetProperty("hits").EnumerateArray());
        var listed = Assert.Single((await JsonAsync(worker, "/api/jobs?reference=A-17")).GetProperty("jobs").EnumerateArray());
        var linked = await JsonAsync(worker, hit.GetProperty("link").GetString()!);
        using var nothing = await worker.GetAsync("/api/search?q=%20");

        Assert.Equal(("webhook", job, "reference"), (hit.GetProperty("kind").GetString(), hit.GetProperty("id").GetGuid(), hit.GetProperty("by").GetString()));
        Assert.Equal($"Gateway.Worker job {job} --merchant {merchant.Id}", hit.GetProperty("command").GetString());
        Assert.Equal((job, job), (listed.GetProperty("job_id").GetGuid(), linked.GetProperty("job_id").GetGuid()));
        Assert.Equal(HttpStatusCode.BadRequest, nothing.StatusCode);
    }

    private static JobCount Count(DateTime startsAt, JobState outcome, int attempts, int bucket) => new()
    {
        StartsAt = startsAt,
        WorkerId = Guid.CreateVersion7(),
        JobType = "webhook:delivery",
        Queue = "webhooks",
        Outcome = outcome,
        Attempts = attempts,
        Durations = [.. Enumerable.Range(0, DurationBuckets.Count).Select(b => b == bucket ? attempts : 0)],
    };

    private static async Task<JsonElement> JsonAsync(EmbeddedWorker worker, string path)
    {
        using var answer = await worker.GetAsync(path);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return await answer.Content.ReadFromJsonAsync<JsonElement>(Cancellation);
    }
}
