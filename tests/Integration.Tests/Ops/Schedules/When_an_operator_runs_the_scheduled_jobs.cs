using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Gateway.Testing;
using Gateway.Testing.Servers;
using Gateway.Testing.Workers;
using RabbitMQ.Client;
using Xunit;

namespace Gateway.Integration.Tests.Ops.Schedules;

/// <summary>What trials found (docs/faults.md: H8).</summary>
public sealed class When_an_operator_runs_the_scheduled_jobs(When_an_operator_runs_the_scheduled_jobs.Worker worker)
    : IClassFixture<When_an_operator_runs_the_scheduled_jobs.Worker>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/api/jobs/expire-payments", null, "payment:expiry", "periodic")]
    [InlineData("/api/jobs/check-wallet-balances", null, "wallet:balance_check", "monitoring")]
    [InlineData("/api/jobs/settlement-report", null, "report:daily_settlement", "reports")]
    [InlineData("/api/jobs/settlement-report", "{}", "report:daily_settlement", "reports")]
    [InlineData("/api/jobs/settlement-report", """{"date":"2026-01-31"}""", "report:daily_settlement", "reports")]
    [InlineData("/api/schedules/payment-expiry/run", null, "payment:expiry", "periodic")]
    [InlineData("/api/schedules/settlement-report/run", null, "report:daily_settlement", "reports")]
    public async Task Should_publish_a_job_that_can_be_looked_up_at_once(string route, string? body, string jobType, string queue)
    {
        using var answer = await Post(worker.Api, route, body);

        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        var job = await worker.Api.GetFromJsonAsync<JsonElement>(answer.Headers.Location, Cancellation);
        Assert.Equal((jobType, queue), (job.GetProperty("job_type").GetString(), job.GetProperty("queue").GetString()));
        await worker.WaitUntilRunsAsync(job.GetProperty("job_id").GetGuid(), 2);
    }

    [Theory]
    [InlineData("""{"date":"2999-01-01"}""", "date 2999-01-01 is not over yet: give ")]
    [InlineData("""{"date":"0001-01-01"}""", "date 0001-01-01 is not one to report: give a day from 1970-01-01 to ")]
    [InlineData("""{"date":"2026-02-30"}""", "date")]
    [InlineData("""{"date":"yesterday"}""", "date")]
    public async Task Should_say_what_is_wrong_with_a_date(string body, string complaint)
    {
        using var answer = await Post(worker.Api, "/api/jobs/settlement-report", body);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        Assert.Contains(complaint, await answer.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0001-01-01", "invalid", "0001-01-01 is not a day to report: give one from 1970-01-01 to ")]
    [InlineData("0001-01-01T00:00:00Z", "invalid", "0001-01-01 is not a day to report: give one from 1970-01-01 to ")]
    [InlineData("0001-01-01T00:00:00+14:00", "unreadable", "$.date")]
    [InlineData("9999-12-31T23:59:59-14:00", "unreadable", "$.date")]
    public async Task Should_give_up_at_once_a_message_whose_date_is_none(string date, string reason, string error)
    {
        var id = Guid.CreateVersion7();
        await worker.Broker.Publish(
            "Gateway.Contracts:GenerateSettlementReport",
            routingKey: "",
            Encoding.UTF8.GetBytes($$"""{"date":"{{date}}"}"""),
            new BasicProperties { Persistent = true, ContentType = "application/json", MessageId = id.ToString() });

        var letter = await worker.WaitUntilDeadLetterAsync(id.ToString());
        Assert.Equal(reason, letter.Reason);
        Assert.Contains(error, letter.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_show_the_schedules_and_which_of_them_is_paused()
    {
        var before = await Find("settlement-report");
        using var pausing = await Post(worker.Api, "/api/schedules/settlement-report/pause");
        var paused = await Find("settlement-report");
        using var resuming = await Post(worker.Api, "/api/schedules/settlement-report/resume");
        var resumed = await Find("settlement-report");

        Assert.Equal(
            ("0 8 * * *", "Asia/Ho_Chi_Minh", true),
            (before.GetProperty("cron").GetString(), before.GetProperty("time_zone").GetString(), before.GetProperty("enabled").GetBoolean()));
        var next = before.GetProperty("next_tick").GetDateTimeOffset();
        Assert.Equal(TimeSpan.FromHours(1), next.UtcDateTime.TimeOfDay);
        // H8: at that very time the tick may be a moment late.
        Assert.InRange(next - TimeProvider.System.GetUtcNow(), TimeSpan.FromMinutes(-1), TimeSpan.FromDays(1));
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (pausing.StatusCode, resuming.StatusCode));
        Assert.Equal([false, true, false], new[] { before, paused, resumed }.Select(s => s.GetProperty("paused").GetBoolean()));
        Assert.False((await Find("balance-check")).GetProperty("enabled").GetBoolean());
    }

    [Fact]
    public async Task Should_show_the_latest_jobs_of_a_schedule()
    {
        using var answer = await Post(worker.Api, "/api/schedules/balance-check/run");
        var jobId = (await answer.Content.ReadFromJsonAsync<JsonElement>(Cancellation)).GetProperty("job_id").GetGuid();

        var recent = (await Find("balance-check")).GetProperty("recent").EnumerateArray();

        Assert.Contains(recent, job => job.GetProperty("job_id").GetGuid() == jobId);
    }

    [Theory]
    [InlineData("run")]
    [InlineData("pause")]
    [InlineData("resume")]
    public async Task Should_name_the_schedules_that_there_are(string verb)
    {
        using var answer = await Post(worker.Api, $"/api/schedules/hourly/{verb}");

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Contains(
            "There is no schedule 'hourly'. The schedules are payment-expiry, balance-check, settlement-report.",
            (await answer.Content.ReadFromJsonAsync<JsonElement>(Cancellation)).GetProperty("detail").GetString(),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/api/jobs/expire-payments")]
    [InlineData("/api/schedules/payment-expiry/run")]
    [InlineData("/api/schedules/payment-expiry/pause")]
    public async Task Should_let_a_viewer_change_nothing(string route)
    {
        using var answer = await Post(worker.ViewersApi, route);

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    [Fact]
    public async Task Should_describe_the_routes()
    {
        var paths = (await worker.ViewersApi.GetFromJsonAsync<JsonElement>("/openapi/v1.json", Cancellation)).GetProperty("paths");

        Assert.All(
            ["/api/jobs/expire-payments", "/api/jobs/check-wallet-balances", "/api/jobs/settlement-report", "/api/schedules", "/api/schedules/{name}/run"],
            path => Assert.True(paths.TryGetProperty(path, out _), path));
    }

    private static Task<HttpResponseMessage> Post(HttpClient api, string route, string? body = null) =>
        api.PostAsync(route, body is null ? null : new StringContent(body, Encoding.UTF8, "application/json"), Cancellation);

    private async Task<JsonElement> Find(string schedule)
    {
        var schedules = await Eventually.Read(
            () => worker.ViewersApi.GetFromJsonAsync<JsonElement>("/api/schedules", Cancellation),
            all => all.EnumerateArray().Any(s => s.TryGetProperty("next_tick", out _)),
            "the schedules are there");
        return Assert.Single(schedules.EnumerateArray(), s => s.GetProperty("name").GetString() == schedule);
    }

    public sealed class Worker(TestServers servers) : TestWorker(servers, ("SETTLEMENT_REPORT_ENABLED", "true"));
}
