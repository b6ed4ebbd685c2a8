using System.Text.Json;
using Microsoft.Playwright;
using Xunit;

namespace Gateway.Integration.Tests.Dashboard;

[Collection(SameGateway.Name)]
public sealed class When_somebody_reads_the_trail(DashboardGateway gateway, Browser browser)
{
    // Names of its own, so that what other tests do is not among it.
    private const string Operator = "trail-<b>\u202etest";

    [Fact]
    public async Task Should_see_who_did_what_when_and_what_came_of_it()
    {
        await WriteAsync();
        await using var visit = await VisitAsync($"/audit?operator={Uri.EscapeDataString(Operator)}");

        var rows = await visit.Page.Locator("table.rows tbody tr").AllInnerTextsAsync();
        Assert.Equal(100, rows.Count);
        Assert.Contains("trail-<b>\u2426test", rows[0], StringComparison.Ordinal);
        Assert.Contains("Pause a queue", rows[0], StringComparison.Ordinal);
        Assert.Contains("/api/queues/q119/pause", rows[0], StringComparison.Ordinal);
        Assert.Contains("10.0.0.7", rows[0], StringComparison.Ordinal);
        Assert.Equal(["done", "refused", "failed", "not known yet"], await visit.Page.Locator("table.rows .state").AllInnerTextsAsync() is var states ? states.Take(4) : []);

        await visit.ClickAsync("Next page");
        await visit.Row("/api/queues/q19/pause").WaitForAsync();
        Assert.Equal(20, await visit.Page.Locator("table.rows tbody tr").CountAsync());
        Assert.Contains("cursor=", visit.Page.Url, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_find_by_filters_that_are_in_the_address()
    {
        await WriteAsync();
        await using var visit = await VisitAsync($"/audit?operator={Uri.EscapeDataString(Operator)}");

        await visit.Page.GetByLabel("Outcome").SelectOptionAsync("refused");
        await visit.IsAtAsync("outcome=refused");
        await visit.Row("/api/queues/q119/pause").WaitForAsync(new() { State = WaitForSelectorState.Detached });
        Assert.All(await visit.Page.Locator("table.rows .state").AllInnerTextsAsync(), state => Assert.Equal("refused", state));
        await visit.Page.GetByLabel("On what").FillAsync("q118");
        await visit.Page.Keyboard.PressAsync("Tab");
        await visit.Row("/api/queues/q114/pause").WaitForAsync(new() { State = WaitForSelectorState.Detached });
        Assert.Equal(1, await visit.Page.Locator("table.rows tbody tr").CountAsync());

        await visit.Page.GetByLabel("From").FillAsync("yesterday");
        await visit.Page.Keyboard.PressAsync("Tab");
        await visit.Page.GetByRole(AriaRole.Alert).GetByText("from 'yesterday' is not a time").WaitForAsync();
    }

    [Theory]
    [InlineData("?cursor=00000000-0000-0000-0000-000000000000", "cursor is not the action_id of a change that is still kept.")]
    [InlineData("?outcome=good", "outcome 'good' is not one of done, refused, failed, open.")]
    [InlineData("?limit=0", "limit '0' is not a number from 1 to 500.")]
    public async Task Should_be_told_by_the_API_what_is_wrong_with_a_filter(string query, string complaint)
    {
        using var answer = await gateway.Api.GetAsync($"/api/operator-actions{query}", TestContext.Current.CancellationToken);

        Assert.Equal(400, (int)answer.StatusCode);
        var problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).RootElement;
        Assert.Equal(complaint, problem.GetProperty("detail").GetString());
    }

    private Task WriteAsync() => gateway.Gateway.ExecuteAsync(
        $$"""
        delete from operator_actions where operator = '{{Operator}}';
        insert into operator_actions (action_id, at, operator, address, action, target, status_code)
        select gen_random_uuid(), now() - interval '1 hour' - (119 - n) * interval '1 second', '{{Operator}}', '10.0.0.7', 'POST /api/queues/{queue}/pause',
            '/api/queues/q' || n || '/pause', (array[200, 404, 503, null])[1 + (119 - n) % 4]
        from generate_series(0, 119) as n
        """);

    private async Task<Visit> VisitAsync(string page)
    {
        var visit = await browser.OpenSignedInAsync(gateway.Site, DashboardGateway.ViewersKey);
        await visit.GoAsync(page);
        return visit;
    }
}
