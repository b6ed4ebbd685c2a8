using System.Net;
using Gateway.Testing;
using Microsoft.Playwright;
using Xunit;

namespace Gateway.Integration.Tests.Dashboard;

[Collection(SameGateway.Name)]
public sealed class When_somebody_opens_the_dashboard(EmbeddedDashboard worker, Browser browser) : IClassFixture<EmbeddedDashboard>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_load_everything_from_the_worker_itself()
    {
        await using var visit = await browser.OpenAsync(worker.Site);
        await visit.GoAsync("/");

        Assert.Contains(visit.Requests, url => url.Contains("MudBlazor", StringComparison.Ordinal));
        Assert.All(visit.Requests, url => Assert.StartsWith(worker.Site.ToString(), url, StringComparison.Ordinal));
        await visit.IsSoundAsync();
    }

    [Fact]
    public async Task Should_let_the_browser_run_nothing_else()
    {
        using var page = await worker.Api.GetAsync("/", Cancellation);
        var policy = page.Headers.GetValues("Content-Security-Policy").Single();

        Assert.StartsWith("default-src 'self';", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe-eval", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("script-src", policy, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_keep_what_is_loaded_compressed_and_for_good()
    {
        await using var visit = await browser.OpenAsync(worker.Site);
        await visit.GoAsync("/");
        foreach (var url in visit.Requests.Where(url => url.EndsWith(".css", StringComparison.Ordinal) || url.EndsWith(".js", StringComparison.Ordinal)))
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, url) { Headers = { { "Accept-Encoding", "br, gzip" } } };
            using var answer = await worker.Api.SendAsync(request, Cancellation);

            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.True(answer.Content.Headers.ContentEncoding.Single() is "br" or "gzip", url);
            Assert.True(answer.Headers.CacheControl!.ToString().Contains("immutable", StringComparison.Ordinal), url);
        }
    }

    [Fact]
    public async Task Should_follow_the_systems_theme_until_another_is_chosen()
    {
        await using var visit = await browser.OpenAsync(worker.Site, Look.All[1]);
        await visit.GoAsync("/");
        var dark = await BackgroundAsync(visit);

        await visit.Page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Light });
        await Eventually.Read(() => BackgroundAsync(visit), color => color != dark, "the light theme");
        // From the system's to light, and to dark.
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Theme: as the system's" }).ClickAsync();
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Theme: light" }).ClickAsync();
        await Eventually.Read(() => BackgroundAsync(visit), color => color == dark, "the dark theme");
        await visit.GoAsync("/");

        await Eventually.Read(() => BackgroundAsync(visit), color => color == dark, "the dark theme after a reload");
    }

    [Fact]
    public async Task Should_be_led_by_the_keyboard()
    {
        await using var visit = await browser.OpenAsync(worker.Site);
        await visit.GoAsync("/not-found");

        await visit.Page.Keyboard.PressAsync("/");
        Assert.Equal("search", await visit.Page.EvaluateAsync<string>("() => document.activeElement.id"));
        await visit.Page.Keyboard.TypeAsync("go?");
        Assert.Equal("go?", await visit.Page.Locator("#search").InputValueAsync());
        await visit.Page.Keyboard.PressAsync("Escape");
        await visit.Page.Keyboard.PressAsync("?");
        await visit.Page.GetByRole(AriaRole.Dialog).GetByText("Overview").WaitForAsync();
        await visit.Page.Keyboard.PressAsync("Escape");
        await visit.Page.GetByRole(AriaRole.Dialog).WaitForAsync(new() { State = WaitForSelectorState.Detached });
        await visit.Page.Keyboard.PressAsync("g");
        await visit.Page.Keyboard.PressAsync("o");

        await visit.Page.GetByRole(AriaRole.Heading, new() { Name = "Overview" }).WaitForAsync();
    }

    [Fact]
    public async Task Should_answer_to_this_machine_alone()
    {
        using var foreign = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { Host = "evil.example" } };
        using var answer = await worker.Api.SendAsync(foreign, Cancellation);

        Assert.Equal(HttpStatusCode.MisdirectedRequest, answer.StatusCode);
    }

    [Theory]
    [InlineData("http://evil.example", HttpStatusCode.Forbidden)]
    [InlineData(null, HttpStatusCode.SwitchingProtocols)]
    public async Task Should_open_the_WebSocket_for_its_own_pages_alone(string? origin, HttpStatusCode expected)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/_blazor")
        {
            Headers =
            {
                { "Connection", "Upgrade" },
                { "Upgrade", "websocket" },
                { "Sec-WebSocket-Version", "13" },
                { "Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==" },
                { "Origin", origin ?? worker.Site.GetLeftPart(UriPartial.Authority) },
            },
        };
        using var answer = await worker.Api.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancellation);

        Assert.Equal(expected, answer.StatusCode);
    }

    [Fact]
    public async Task Should_be_seen_at_both_sizes_and_in_both_themes()
    {
        foreach (var look in Look.All)
        {
            await using var visit = await browser.OpenAsync(worker.Site, look);
            await visit.GoAsync("/");
            await visit.PictureAsync("overview-empty");
            await visit.IsSoundAsync();
        }
    }

    private static Task<string> BackgroundAsync(Visit visit) =>
        visit.Page.EvaluateAsync<string>("() => getComputedStyle(document.body).backgroundColor");
}
