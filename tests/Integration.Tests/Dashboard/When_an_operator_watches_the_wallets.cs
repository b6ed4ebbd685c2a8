using System.Globalization;
using System.Net;
using Gateway.Integration.Tests.Wallets;
using Gateway.Testing;
using Microsoft.Playwright;
using Xunit;

namespace Gateway.Integration.Tests.Dashboard;

[Collection(SameGateway.Name)]
public sealed class When_an_operator_watches_the_wallets(DashboardGateway gateway, Browser browser)
{
    private const string Wallet = $"('solana', 'mainnet', '{WalletsDatabase.SolanaWallet}'";

    [Fact]
    public async Task Should_see_what_each_holds_and_when_it_could_not_be_read()
    {
        await using var visit = await VisitAsync(DashboardGateway.OperatorsKey, "/wallets");

        var cents = await gateway.Gateway.QueryAsync("select (total_usd_value * 100)::bigint from wallet_balance_snapshots order by snapshot_at desc limit 1");
        var panel = await visit.Page.Locator(".panel").InnerTextAsync();
        Assert.Contains((cents / 100m).ToString("#,##0.00 'USD'", CultureInfo.InvariantCulture), panel, StringComparison.Ordinal);
        Assert.Contains(WalletsDatabase.SolanaWallet, panel, StringComparison.Ordinal);
        Assert.Contains("thresholds: 1,000.00 USD and 10,000.00 USD", panel, StringComparison.Ordinal);
        // Half a day of failed checks is one span, and the line is broken there.
        Assert.Equal(1, await visit.Page.Locator(".chart-unknown").CountAsync());
        Assert.Equal(2, await visit.Page.Locator(".chart-line").CountAsync());
        var span = Assert.Single((await gateway.JsonAsync("/api/wallets"))[0].GetProperty("unreadable").EnumerateArray());
        Assert.InRange((span.GetProperty("to").GetDateTime() - span.GetProperty("from").GetDateTime()).TotalHours, 11.9, 12.5);
    }

    [Fact]
    public async Task Should_choose_the_days_in_the_address_and_be_told_of_wrong_ones()
    {
        await using var visit = await VisitAsync(DashboardGateway.OperatorsKey, "/wallets");
        await visit.Page.GetByRole(AriaRole.Link, new() { Name = "1 day", Exact = true }).ClickAsync();
        await visit.Page.Locator(".chart-unknown").WaitForAsync(new() { State = WaitForSelectorState.Detached });
        Assert.EndsWith("/wallets?days=1", visit.Page.Url, StringComparison.Ordinal);

        await visit.GoAsync("/wallets?days=91");
        await visit.Page.GetByRole(AriaRole.Alert).GetByText("days '91' is not a number from 1 to 90.").WaitForAsync();
    }

    [Fact]
    public async Task Should_have_them_read_now()
    {
        await using var visit = await VisitAsync(DashboardGateway.OperatorsKey, "/wallets");
        var before = await CountAsync();

        await visit.ClickAsync("Check now");

        await visit.IsToldAsync("The wallets are being read");
        await Eventually.Read(CountAsync, count => count > before, "another reading");
        await visit.Page.GetByText("5,250.00 USD").First.WaitForAsync();
        await gateway.HasTrailAsync("ann", "POST /api/jobs/check-wallet-balances", 202);

        Task<long> CountAsync() => gateway.Gateway.QueryAsync("select count(*) from wallet_balance_snapshots");
    }

    [Fact]
    public async Task Should_see_on_the_overview_how_many_are_in_range()
    {
        var states = (await gateway.JsonAsync("/api/wallets")).EnumerateArray().Select(wallet => wallet.GetProperty("state").GetString()).ToArray();
        await using var visit = await VisitAsync(DashboardGateway.ViewersKey, "/");

        var figure = visit.Page.Locator(".glance div").Filter(new() { HasText = "Wallets in range" }).GetByRole(AriaRole.Link);
        var inRange = $"{states.Count(state => state == "inside")} of {states.Length}";
        await Eventually.Read(() => figure.InnerTextAsync(), shown => shown == inRange, inRange);
        await figure.ClickAsync();
        await visit.IsAtAsync("/wallets");
    }

    [Fact]
    public async Task Should_be_led_from_the_overview_to_a_wallet_that_cannot_be_read()
    {
        await gateway.Gateway.ExecuteAsync(
            $"insert into unreadable_wallets (chain, network, wallet_address, since) values {Wallet}, now() - interval '20 minutes')");
        await using var visit = await VisitAsync(DashboardGateway.ViewersKey, "/");

        var trouble = visit.Page.Locator(".trouble").Filter(new() { HasText = "The solana wallet cannot be read for 20 min" });
        await trouble.GetByRole(AriaRole.Link, new() { Name = "Wallets" }).ClickAsync();

        await visit.Page.GetByText("cannot be read", new() { Exact = true }).WaitForAsync();
        await gateway.Gateway.ExecuteAsync("delete from unreadable_wallets");
    }

    [Fact]
    public async Task Should_refuse_a_viewer_and_show_him_no_button()
    {
        await using var visit = await VisitAsync(DashboardGateway.ViewersKey, "/wallets");
        await visit.Page.Locator(".balance").WaitForAsync();

        Assert.Equal(0, await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Check now" }).CountAsync());
        Assert.Equal(HttpStatusCode.Forbidden, await gateway.AskAsViewerAsync("/api/jobs/check-wallet-balances"));
    }

    private async Task<Visit> VisitAsync(string key, string page)
    {
        var visit = await browser.OpenSignedInAsync(gateway.Site, key);
        await visit.GoAsync(page);
        return visit;
    }
}
