using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Gateway.Persistence;
using Gateway.Persistence.JobLog;
using Gateway.Persistence.Settlement;
using Gateway.Testing.Servers;
using Gateway.Testing.Workers;
using Gateway.Worker.Settlement;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.Integration.Tests.Ops.Settlement;

/// <summary>What trials found (docs/faults.md: D1, D3).</summary>
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
    [InlineData("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")]
    public async Task Should_answer_in_the_form_that_is_accepted(string? accept, string type)
    {
        var date = await WrittenAsync();

        using var answer = await GetAsync(date, accept);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(type, answer.Content.Headers.ContentType?.MediaType);
        var content = await answer.Content.ReadAsStringAsync(Cancellation);
        var extension = type switch { "text/csv" => "csv", "application/json" or "text/html" => null, _ => "xlsx" };
        Assert.Equal(extension is null ? null : $"settlement-{date}.{extension}", answer.Content.Headers.ContentDisposition?.FileName);
        // A workbook is a ZIP archive.
        Assert.Contains(extension == "xlsx" ? "PK" : date, content, StringComparison.Ordinal);
        Assert.Equal(type == "text/html", content.Contains("<!DOCTYPE html>", StringComparison.Ordinal));
    }

    // A browser that follows a link accepts HTML first.
    [Theory]
    [InlineData("html", "text/html")]
    [InlineData("csv", "text/csv")]
    [InlineData("json", "application/json")]
    [InlineData("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")]
    public async Task Should_answer_in_the_form_that_a_link_names(string format, string type)
    {
        using var answer = await GetAsync($"{await WrittenAsync()}?format={format}", "text/html,application/xhtml+xml,*/*;q=0.8");

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(type, answer.Content.Headers.ContentType?.MediaType);
    }

    [Theory]
    [InlineData("2001-01-01?format=pdf", null, HttpStatusCode.BadRequest, "format: 'pdf' is not one of json, html, csv, xlsx.")]
    [InlineData("2026-02-30", null, HttpStatusCode.BadRequest, "'2026-02-30' is not a date such as 2026-01-31.")]
    [InlineData("yesterday", null, HttpStatusCode.BadRequest, "'yesterday' is not a date such as 2026-01-31.")]
    [InlineData("2001-01-01", null, HttpStatusCode.NotFound, "No report of 2001-01-01 is written. POST /api/jobs/settlement-report with {\"date\":\"2001-01-01\"} writes it.")]
    [InlineData("2001-01-01?generation=2", null, HttpStatusCode.NotFound, "No report of 2001-01-01 is written. POST /api/jobs/settlement-report")]
    [InlineData("2001-01-01?generation=0", null, HttpStatusCode.BadRequest, "generation: '0' is not a whole number from 1.")]
    [InlineData("2001-01-01?generation=newest", null, HttpStatusCode.BadRequest, "generation: 'newest' is not a whole number from 1.")]
    [InlineData("2001-01-01?generation=99999999999", null, HttpStatusCode.BadRequest, "generation: '99999999999' is not a whole number from 1.")]
    [InlineData("2001-01-01", "image/png", HttpStatusCode.NotAcceptable, "Accept application/json, text/html, text/csv or application/vnd.")]
    [InlineData("?from=2026-02-30", null, HttpStatusCode.BadRequest, "from: '2026-02-30' is not a date such as 2026-01-31.")]
    [InlineData("?to=today", null, HttpStatusCode.BadRequest, "to: 'today' is not a date such as 2026-01-31.")]
    [InlineData("?from=2026-01-02&to=2026-01-01", null, HttpStatusCode.BadRequest, "from 2026-01-02 to 2026-01-01 is not a period of 1 to 366 days")]
    [InlineData("?from=2025-01-01&to=2026-01-02", null, HttpStatusCode.BadRequest, "from 2025-01-01 to 2026-01-02 is not a period of 1 to 366 days")]
    public async Task Should_say_what_is_wrong(string date, string? accept, HttpStatusCode status, string complaint)
    {
        using var answer = await GetAsync(date, accept);

        Assert.Equal(status, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        var problem = await answer.Content.ReadFromJsonAsync<JsonElement>(Cancellation);
        Assert.StartsWith(complaint, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_find_each_generation_and_the_period_by_its_newest()
    {
        await WrittenAsync();
        await worker.WriteReportAsync("2026-01-04", 1, amountVnd: 100.25m);
        await worker.WriteReportAsync("2026-01-04", 2, amountVnd: 300.5m);
        await worker.WriteReportAsync("2026-01-06", 1, amountVnd: 9_007_199_254_740_993m);

        var first = await ReadAsync("2026-01-04?generation=1");
        var newest = await ReadAsync("2026-01-04");
        var period = await ReadAsync("?from=2026-01-03&to=2026-01-06");

        Assert.Equal((1, "100.25"), (first.GetProperty("generation").GetInt32(), AmountOf(first)));
        Assert.Equal((2, "300.50"), (newest.GetProperty("generation").GetInt32(), AmountOf(newest)));
        Assert.Equal("9007199254741293.50", AmountOf(period));
        Assert.Equal(2, period.GetProperty("totals").GetProperty("payments_completed").GetProperty("count").GetInt32());
        Assert.Equal("9007199254741293.50", AmountOf(Assert.Single(period.GetProperty("merchants").EnumerateArray()), "figures"));
        Assert.Equal(["2026-01-03", "2026-01-05"], period.GetProperty("days_without_report").EnumerateArray().Select(day => day.GetString()));
        var day = period.GetProperty("days")[0];
        Assert.Equal(("2026-01-04", 2), (day.GetProperty("date").GetString(), day.GetProperty("generation").GetInt32()));
        Assert.Equal([1, 2], day.GetProperty("generations").EnumerateArray().Select(generation => generation.GetProperty("generation").GetInt32()));
        using var missing = await GetAsync("2026-01-04?generation=3", accept: null);
        Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
        Assert.Equal(
            "There is no generation 3 of the report of 2026-01-04; there is 1, 2.",
            (await missing.Content.ReadFromJsonAsync<JsonElement>(Cancellation)).GetProperty("detail").GetString());
        // Without a period, it is the last thirty days: the one that was just written is among them.
        Assert.Equal(30, (await ReadAsync("")) is var recent ? recent.GetProperty("days").GetArrayLength() + recent.GetProperty("days_without_report").GetArrayLength() : 0);
    }

    [Fact]
    public async Task Should_describe_amounts_as_text()
    {
        var schemas = (await worker.ViewersApi.GetFromJsonAsync<JsonElement>("/openapi/v1.json", Cancellation)).GetProperty("components").GetProperty("schemas");

        Assert.Equal("string", schemas.GetProperty("Tally").GetProperty("properties").GetProperty("amount_vnd").GetProperty("type").GetString());
        Assert.Equal(
            ["null", "string"],
            schemas.GetProperty("WalletAtDayEnd").GetProperty("properties").GetProperty("usdt").GetProperty("type").EnumerateArray().Select(type => type.GetString()).Order());
    }

    private static string? AmountOf(JsonElement report, string figures = "totals") =>
        report.GetProperty(figures).GetProperty("payments_completed").GetProperty("amount_vnd").GetString();

    private async Task<JsonElement> ReadAsync(string route)
    {
        using var answer = await GetAsync(route, accept: null);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return await answer.Content.ReadFromJsonAsync<JsonElement>(Cancellation);
    }

    /// <summary>The date of a report that the job has written.</summary>
    private async Task<string> WrittenAsync()
    {
        using var asked = await worker.Api.PostAsync("/api/jobs/settlement-report", content: null, Cancellation);
        var job = await asked.Content.ReadFromJsonAsync<JsonElement>(Cancellation);
        var runs = await worker.WaitUntilEndedAsync(job.GetProperty("job_id").GetGuid());
        Assert.Equal(JobState.Succeeded, runs[^1].State);
        // "written: 2026-01-31; …", and from the second time on "nothing changed: 2026-01-31 stays …".
        return runs[^1].Detail!.Split(' ').Select(word => word.TrimEnd(';')).Last(word => DateOnly.TryParseExact(word, "yyyy-MM-dd", out _));
    }

    private async Task<HttpResponseMessage> GetAsync(string date, string? accept)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, date.StartsWith('?') || date.Length == 0 ? $"/api/settlement-reports{date}" : $"/api/settlement-reports/{date}");
        if (accept is not null)
        {
            Assert.True(request.Headers.TryAddWithoutValidation("Accept", accept));
        }

        return await worker.ViewersApi.SendAsync(request, Cancellation);
    }

    public sealed class Worker(TestServers servers) : TestWorker(servers)
    {
        private static readonly Guid MerchantId = Guid.Parse("01890000-0000-7000-8000-000000000001");

        /// <summary>Keeps a report as the job keeps it.</summary>
        public async Task WriteReportAsync(string date, int generation, decimal amountVnd)
        {
            var figures = new SettlementFigures { PaymentsCompleted = new Tally(1, amountVnd, 0) };
            var report = new SettlementReport
            {
                Date = DateOnly.Parse(date, CultureInfo.InvariantCulture),
                Generation = generation,
                TimeZone = "Asia/Ho_Chi_Minh",
                From = DateTime.UnixEpoch,
                To = DateTime.UnixEpoch.AddDays(1),
                GeneratedAt = DateTime.UnixEpoch.AddDays(2),
                Totals = figures,
                Merchants = [new MerchantSettlement(MerchantId, "Shop", figures)],
                Wallets = [],
                RecentDays = [],
            };
            await using var db = await Services.GetRequiredService<IDbContextFactory<GatewayDbContext>>().CreateDbContextAsync(Cancellation);
            db.SettlementReports.Add(new StoredSettlementReport
            {
                Date = report.Date,
                Generation = generation,
                Report = KeptReport.Write(report),
                GeneratedAt = report.GeneratedAt,
                MailedAt = report.GeneratedAt,
            });
            await db.SaveChangesAsync(Cancellation);
        }
    }
}
