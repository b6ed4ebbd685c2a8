using System.Net;
using Gateway.Testing;
using Microsoft.Playwright;
using Xunit;

namespace Gateway.Integration.Tests.Dashboard;

[Collection(SameGateway.Name)]
public sealed class When_somebody_looks_up_a_payment(DashboardGateway gateway, Browser browser)
{
    [Theory]
    [InlineData("P-1001")]
    [InlineData("tx-1001")]
    public async Task Should_be_led_to_it_from_the_search(string text)
    {
        await using var visit = await VisitAsync($"/search?q={text}", DashboardGateway.ViewersKey);

        await visit.IsAtAsync($"/payments/{gateway.Payment}");
        await visit.Page.GetByRole(AriaRole.Heading, new() { Name = "Payment P-1001" }).WaitForAsync();
    }

    [Fact]
    public async Task Should_see_it_with_its_webhooks_in_order_and_what_was_answered()
    {
        await using var visit = await VisitAsync($"/payments/{gateway.Payment}", DashboardGateway.ViewersKey);

        var facts = await visit.ReadAsync(".job-facts");
        Assert.All(["completed", "650,000.50 ₫", "25.00000001 USDT", "6,500.50 ₫", "tx-1001", "<script>alert('name')</script> \u2426shop\u2426"], fact => Assert.Contains(fact, facts, StringComparison.Ordinal));
        var webhooks = (await gateway.JsonAsync($"/api/payments/{gateway.Payment}")).GetProperty("webhooks").EnumerateArray().ToArray();
        Assert.Equal(2, webhooks.Length);
        Assert.Equal(gateway.Retried, webhooks[1].GetProperty("job_id").GetGuid());
        Assert.Equal(webhooks.Select(webhook => webhook.GetProperty("job_id").GetString()!), await visit.Page.Locator(".panel header a.mono").AllInnerTextsAsync());
        var retried = visit.Page.Locator(".panel").Filter(new() { HasText = gateway.Retried.ToString() });
        Assert.Equal(["HTTP 500", "HTTP 200"], (await retried.Locator(".step").AllInnerTextsAsync()).Take(2).Select(step => step.Contains("HTTP 500", StringComparison.Ordinal) ? "HTTP 500" : "HTTP 200"));
        Assert.Equal(0, await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Send again" }).CountAsync());
        Assert.Equal(HttpStatusCode.Forbidden, await gateway.AskAsViewerAsync($"/api/webhooks/{gateway.Retried}/redeliver"));
    }

    [Fact]
    public async Task Should_send_one_of_its_webhooks_again()
    {
        await using var visit = await VisitAsync($"/payments/{gateway.Payment}", DashboardGateway.OperatorsKey);
        var before = await AttemptsAsync();

        await visit.ClickAsync("Send again", visit.Page.Locator(".panel").Filter(new() { HasText = gateway.Retried.ToString() }));
        await visit.ConfirmAsync("Send again");

        await visit.IsToldAsync("The webhook is on its way again.");
        await Eventually.Read(AttemptsAsync, attempts => attempts > before, "another attempt");
        await gateway.HasTrailAsync("ann", "POST /api/webhooks/{id}/redeliver", 202);

        async Task<int> AttemptsAsync() => (await gateway.JsonAsync($"/api/jobs/{gateway.Retried}")).GetProperty("attempts").GetArrayLength();
    }

    [Fact]
    public async Task Should_be_told_in_words_that_it_does_not_exist()
    {
        foreach (var (id, words) in new[] { ("nonsense", "'nonsense' is not a UUID."), ($"{Guid.Empty}", "There is no payment") })
        {
            await using var visit = await VisitAsync($"/payments/{id}", DashboardGateway.ViewersKey);
            await visit.Page.Locator(".note").GetByText(words).WaitForAsync();
        }
    }

    private async Task<Visit> VisitAsync(string page, string key)
    {
        var visit = await browser.OpenSignedInAsync(gateway.Site, key);
        await visit.Page.GotoAsync(page);
        await visit.Page.Locator("h1").WaitForAsync();
        await visit.Page.Locator(".loading").WaitForAsync(new() { State = WaitForSelectorState.Detached });
        return visit;
    }
}
