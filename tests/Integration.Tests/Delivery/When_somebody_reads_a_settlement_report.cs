using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Gateway.Integration.Tests.Servers;
using Gateway.Persistence.JobLog;
using Xunit;

namespace Gateway.Integration.Tests.Delivery;

public sealed class When_somebody_reads_a_settlement_report(When_somebody_reads_a_settlement_report.Worker worker)
    : IClassFixture<When_somebody_reads_a_settlement_report.Worker>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(null, "application/json")]
    [InlineData("*/*", "application/json")]
    [InlineData("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html")]
    [InlineData("text/csv", "text/csv")]
    [InlineData("text/html;q=0.1, text/csv;q=0.5", "text/csv")]
    [InlineData("text/html;q=0, application/*", "application/json")]
    public async Task Should_answer_in_the_form_that_is_accepted(string? accept, string type)
    {
        var date = await WrittenAsync();

        using var answer = await GetAsync(date, accept);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(type, answer.Content.Headers.ContentType?.MediaType);
        var content = await answer.Content.ReadAsStringAsync(Cancellation);
        Assert.Contains(date, content, StringComparison.Ordinal);
        Assert.Equal(type == "text/html", content.Contains("<!DOCTYPE html>", StringComparison.Ordinal));
        Assert.Equal(type == "text/csv" ? $"settlement-{date}.csv" : null, answer.Content.Headers.ContentDisposition?.FileName);
    }

    [Theory]
    [InlineData("2026-02-30", null, HttpStatusCode.BadRequest, "'2026-02-30' is not a date such as 2026-01-31.")]
    [InlineData("yesterday", null, HttpStatusCode.BadRequest, "'yesterday' is not a date such as 2026-01-31.")]
    [InlineData("2001-01-01", null, HttpStatusCode.NotFound, "No report of 2001-01-01 is written. POST /api/jobs/settlement-report")]
    [InlineData("2001-01-01", "image/png", HttpStatusCode.NotAcceptable, "Accept application/json, text/html or text/csv.")]
    public async Task Should_say_what_is_wrong(string date, string? accept, HttpStatusCode status, string complaint)
    {
        using var answer = await GetAsync(date, accept);

        Assert.Equal(status, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        var problem = await answer.Content.ReadFromJsonAsync<JsonElement>(Cancellation);
        Assert.StartsWith(complaint, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    /// <summary>The date of a report that the job has written.</summary>
    private async Task<string> WrittenAsync()
    {
        using var asked = await worker.Api.PostAsync("/api/jobs/settlement-report", content: null, Cancellation);
        var job = await asked.Content.ReadFromJsonAsync<JsonElement>(Cancellation);
        var runs = await worker.RunsToTheEnd(job.GetProperty("job_id").GetGuid());
        Assert.Equal(JobState.Succeeded, runs[^1].State);
        return runs[^1].Detail!.Split(';')[0].Split(' ')[^1];
    }

    private async Task<HttpResponseMessage> GetAsync(string date, string? accept)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/settlement-reports/{date}");
        if (accept is not null)
        {
            Assert.True(request.Headers.TryAddWithoutValidation("Accept", accept));
        }

        return await worker.ViewersApi.SendAsync(request, Cancellation);
    }

    public sealed class Worker(TestServers servers) : TestWorker(servers);
}
