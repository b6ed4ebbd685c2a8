using System.Text.Json;
using Gateway.Testing;
using Microsoft.Playwright;
using Xunit;

namespace Gateway.Integration.Tests.Dashboard;

[Collection(SameGateway.Name)]
public sealed class When_an_operator_works_with_schedules(DashboardGateway gateway, Browser browser)
{
    [Fact]
    public async Task Should_see_each_with_when_it_runs()
    {
        await using var visit = await VisitAsync(DashboardGateway.OperatorsKey);

        foreach (var schedule in (await gateway.JsonAsync("/api/schedules")).EnumerateArray())
        {
            var row = await visit.Row(schedule.GetProperty("name").GetString()!).InnerTextAsync();
            Assert.Contains(schedule.GetProperty("cron").GetString()!, row, StringComparison.Ordinal);
        }

        var expiry = await visit.Row("payment-expiry").InnerTextAsync();
        Assert.Contains("every 5 minutes", expiry, StringComparison.Ordinal);
        // The next three: one as "in 2 min", two as times.
        Assert.Equal(3, await visit.Row("payment-expiry").Locator("td:nth-child(3) time").CountAsync());
    }

    [Fact]
    public async Task Should_run_one_now()
    {
        await using var visit = await VisitAsync(DashboardGateway.OperatorsKey);
        var before = await CountRunsAsync("payment-expiry");

        await visit.ClickAsync("Run now", visit.Row("payment-expiry"));
        await visit.ConfirmAsync("Run now");

        await visit.IsToldAsync("payment-expiry was asked for.");
        await Eventually.Read(() => CountRunsAsync("payment-expiry"), count => count > before, "it has run");
        await visit.Row("payment-expiry").GetByText("succeeded").First.WaitForAsync();
        await gateway.HasTrailAsync("ann", "POST /api/schedules/{name}/run", 202);
    }

    [Fact]
    public async Task Should_pause_one_and_let_it_go_on()
    {
        await using var visit = await VisitAsync(DashboardGateway.OperatorsKey);

        await visit.ClickAsync("Pause", visit.Row("payment-expiry"));
        await visit.ConfirmAsync("Pause");
        await visit.IsToldAsync("payment-expiry is paused.");
        Assert.True((await FindAsync("payment-expiry")).GetProperty("paused").GetBoolean());

        await visit.ClickAsync("Resume", visit.Row("payment-expiry"));
        await visit.IsToldAsync("payment-expiry goes on.");
        Assert.False((await FindAsync("payment-expiry")).GetProperty("paused").GetBoolean());
        await gateway.HasTrailAsync("ann", "POST /api/schedules/{name}/pause", 200);
    }

    [Fact]
    public async Task Should_show_a_viewer_no_buttons()
    {
        await using var visit = await VisitAsync(DashboardGateway.ViewersKey);

        await visit.Row("payment-expiry").WaitForAsync();

        Assert.Equal(0, await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Run now" }).CountAsync());
    }

    private async Task<Visit> VisitAsync(string key)
    {
        var visit = await browser.OpenSignedInAsync(gateway.Site, key);
        await visit.GoAsync("/schedules");
        return visit;
    }

    private async Task<JsonElement> FindAsync(string name) => (await gateway.JsonAsync("/api/schedules")).EnumerateArray()
        .Single(schedule => schedule.GetProperty("name").GetString() == name);

    private async Task<int> CountRunsAsync(string name) =>
        (await FindAsync(name)).GetProperty("recent").EnumerateArray().Count(run => run.GetProperty("state").GetString() == "succeeded");
}
