using System.Net;
using Microsoft.Playwright;
using Xunit;

namespace Gateway.Integration.Tests.Dashboard;

[Collection(SameGateway.Name)]
public sealed class When_an_operator_reads_settlement_reports(DashboardGateway gateway, Browser browser)
{
    [Fact]
    public async Task Should_have_a_report_written_and_read_it_in_each_form()
    {
        await using var visit = await VisitAsync(DashboardGateway.OperatorsKey);
        var period = await gateway.JsonAsync("/api/settlement-reports");
        var day = period.GetProperty("to").GetString()!;
        var row = visit.Row(day);
        var isWritten = period.GetProperty("days").GetArrayLength() > 0;

        var button = isWritten ? "Write anew" : "Write it";
        await visit.ClickAsync(button, row);
        await visit.Page.GetByRole(AriaRole.Dialog).GetByText($"Write the report of {day}").WaitForAsync();
        await visit.ConfirmAsync(button);
        await visit.IsToldAsync($"The report of {day} was asked for");
        await row.GetByText("650,000.50 ₫").WaitForAsync();
        await gateway.HasTrailAsync("ann", "POST /api/jobs/settlement-report", 202);

        var figures = (await gateway.JsonAsync("/api/settlement-reports")).GetProperty("days").EnumerateArray().Last().GetProperty("figures").GetProperty("payments_completed");
        Assert.Equal((1, "650000.50"), (figures.GetProperty("count").GetInt32(), figures.GetProperty("amount_vnd").GetString()));
        Assert.Contains("6,500.50 ₫", await row.InnerTextAsync(), StringComparison.Ordinal);
        var download = await visit.Page.RunAndWaitForDownloadAsync(() => row.GetByRole(AriaRole.Link, new() { Name = "CSV" }).ClickAsync());
        Assert.Equal($"settlement-{day}.csv", download.SuggestedFilename);
        download = await visit.Page.RunAndWaitForDownloadAsync(() => row.GetByRole(AriaRole.Link, new() { Name = "Excel" }).ClickAsync());
        Assert.Equal($"settlement-{day}.xlsx", download.SuggestedFilename);
        var page = await visit.Page.RunAndWaitForPopupAsync(() => row.GetByRole(AriaRole.Link, new() { Name = "Page" }).ClickAsync());
        await page.GetByRole(AriaRole.Heading, new() { Name = "Settlement of" }).WaitForAsync();
        await visit.Page.GetByRole(AriaRole.Region, new() { Name = "Merchants" }).GetByText("\u2426shop\u2426").WaitForAsync();
    }

    [Fact]
    public async Task Should_choose_the_days_in_the_address_and_be_told_of_wrong_ones()
    {
        await using var visit = await VisitAsync(DashboardGateway.ViewersKey);
        await visit.Page.GetByLabel("First day").FillAsync("2026-01-01");
        await visit.IsAtAsync("/settlement?from=2026-01-01");
        await visit.GoAsync("/settlement?from=2026-01-03&to=2026-01-04");
        Assert.Equal(
            (await gateway.JsonAsync("/api/settlement-reports?from=2026-01-03&to=2026-01-04")).GetProperty("days_without_report").EnumerateArray().Select(day => day.GetString()!).Reverse(),
            await visit.Page.Locator("table.rows tbody tr td:first-child").AllInnerTextsAsync());

        await visit.GoAsync("/settlement?from=2026-01-05&to=2026-01-04");
        await visit.Page.GetByRole(AriaRole.Alert).GetByText("is not a period of 1 to 366 days").WaitForAsync();
    }

    [Fact]
    public async Task Should_refuse_a_viewer_and_show_him_no_button()
    {
        await using var visit = await VisitAsync(DashboardGateway.ViewersKey);
        await visit.Page.Locator(".glance").WaitForAsync();

        Assert.Equal(0, await visit.Page.Locator("main").GetByRole(AriaRole.Button, new() { NameRegex = new("Write") }).CountAsync());
        Assert.Equal(HttpStatusCode.Forbidden, await gateway.AskAsViewerAsync("/api/jobs/settlement-report"));
    }

    private async Task<Visit> VisitAsync(string key)
    {
        var visit = await browser.OpenSignedInAsync(gateway.Site, key);
        await visit.GoAsync("/settlement");
        return visit;
    }
}
