using System.Net;
using Microsoft.Playwright;
using Xunit;

namespace Gateway.Integration.Tests.Dashboard;

[Collection(SameGateway.Name)]
public sealed class When_somebody_signs_in(DashboardGateway gateway, Browser browser)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_be_led_there_and_back_to_the_page()
    {
        await using var visit = await browser.OpenAsync(gateway.Site);
        await visit.Page.GotoAsync("/jobs?state=dead");

        Assert.Contains("/sign-in?from=%2Fjobs%3Fstate%3Ddead", visit.Page.Url, StringComparison.Ordinal);
        await visit.Page.Locator("#key").FillAsync(DashboardGateway.ViewersKey);
        await visit.Page.Keyboard.PressAsync("Enter");
        await visit.Page.GetByRole(AriaRole.Heading, new() { Name = "Jobs" }).WaitForAsync();

        Assert.EndsWith("/jobs?state=dead", visit.Page.Url, StringComparison.Ordinal);
        var cookie = Assert.Single(await visit.Page.Context.CookiesAsync(), cookie => cookie.Name == "gateway-visitor");
        Assert.True(cookie.HttpOnly);
        Assert.Equal(SameSiteAttribute.Strict, cookie.SameSite);
    }

    [Theory]
    [InlineData("//evil.example/")]
    [InlineData("https://evil.example/")]
    [InlineData("/\\evil.example/")]
    public async Task Should_be_led_to_no_other_site(string from)
    {
        await using var visit = await browser.OpenAsync(gateway.Site);
        await visit.Page.GotoAsync($"/sign-in?from={Uri.EscapeDataString(from)}");
        await visit.Page.Locator("#key").FillAsync(DashboardGateway.ViewersKey);
        await visit.Page.Keyboard.PressAsync("Enter");
        await visit.Page.Locator("main#main h1").WaitForAsync();

        Assert.Equal(gateway.Site, new Uri(visit.Page.Url));
    }

    [Fact]
    public async Task Should_be_told_when_the_key_is_wrong()
    {
        await using var visit = await browser.OpenAsync(gateway.Site);
        await visit.Page.GotoAsync("/sign-in");
        await visit.Page.Locator("#key").FillAsync("wrong");
        await visit.Page.Keyboard.PressAsync("Enter");

        await visit.Page.GetByRole(AriaRole.Alert).GetByText("No entry of OPS_API_KEYS has the hash of this key.").WaitForAsync();
        Assert.DoesNotContain(await visit.Page.Context.CookiesAsync(), cookie => cookie.Name == "gateway-visitor");
    }

    [Fact]
    public async Task Should_be_asked_again_for_a_form_of_somebody_elses()
    {
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = gateway.Site };
        using var form = new FormUrlEncodedContent([KeyValuePair.Create("key", DashboardGateway.OperatorsKey)]);
        using var answer = await http.PostAsync("/sign-in", form, Cancellation);

        Assert.Equal((HttpStatusCode.Redirect, "/sign-in?why=form"), (answer.StatusCode, answer.Headers.Location?.ToString()));
        Assert.DoesNotContain("gateway-visitor", string.Join(';', answer.Headers.TryGetValues("Set-Cookie", out var cookies) ? cookies : []), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_be_let_in_as_somebody_else_without_signing_out_before()
    {
        await using var visit = await browser.OpenAsync(gateway.Site);
        await visit.SignInAsync(DashboardGateway.ViewersKey);

        await visit.SignInAsync(DashboardGateway.OperatorsKey);

        await visit.GoAsync("/");
        await visit.Page.Locator("main").GetByRole(AriaRole.Button, new() { Name = "Pause reports" }).WaitForAsync();
    }

    [Fact]
    public async Task Should_be_let_in_by_every_worker()
    {
        var other = await gateway.Gateway.StartWorkerAsync();
        await using var visit = await browser.OpenAsync(gateway.Site);
        await visit.SignInAsync(DashboardGateway.OperatorsKey);

        await visit.Page.GotoAsync(new Uri(await other.Address, "/jobs").ToString());
        await visit.Page.GetByRole(AriaRole.Heading, new() { Name = "Jobs" }).WaitForAsync();

        await other.StopAsync();
    }

    [Fact]
    public async Task Should_be_asked_again_after_signing_out()
    {
        await using var visit = await browser.OpenAsync(gateway.Site);
        await visit.SignInAsync(DashboardGateway.OperatorsKey);
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await visit.Page.Locator("#key").WaitForAsync();

        await visit.Page.GotoAsync("/jobs");
        Assert.Contains("/sign-in", visit.Page.Url, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_read_the_API_and_change_nothing_by_it()
    {
        await using var visit = await browser.OpenAsync(gateway.Site);
        await visit.SignInAsync(DashboardGateway.OperatorsKey);

        Assert.Equal(200, await StatusAsync(visit, "GET", "/api/jobs"));
        Assert.Equal(401, await StatusAsync(visit, "POST", "/api/queues/webhooks/pause"));
    }

    [Fact]
    public async Task Should_see_no_button_as_a_viewer()
    {
        await using var visit = await browser.OpenAsync(gateway.Site);
        await visit.SignInAsync(DashboardGateway.ViewersKey);
        (string, string[])[] pages =
            [("/", ["Pause", "Resume"]), ("/jobs", ["Send again"]), ("/waiting", ["Release", "Cancel all"]), ("/dead-letters", ["Requeue", "Drop"]), ($"/jobs/{gateway.Delivered}", ["Send again"])];
        foreach (var (path, texts) in pages)
        {
            await visit.GoAsync(path);
            foreach (var text in texts)
            {
                Assert.Equal((path, text, 0), (path, text, await visit.Page.Locator("main").GetByRole(AriaRole.Button, new() { Name = text }).CountAsync()));
            }
        }

        await visit.Page.GetByText("What it said is shown to operators.").WaitForAsync();
        Assert.DoesNotContain("25.00", await visit.Page.ContentAsync(), StringComparison.Ordinal);
    }

    private static Task<int> StatusAsync(Visit visit, string method, string path) =>
        visit.Page.EvaluateAsync<int>("([method, path]) => fetch(path, { method }).then(answer => answer.status)", new[] { method, path });
}
