using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Gateway.Persistence;
using Gateway.Testing;
using Gateway.Testing.Network;
using Gateway.Testing.Workers;
using Gateway.Worker.Hosting;
using Gateway.Worker.Ops.Access;
using Gateway.Worker.Servers;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using Xunit;

namespace Gateway.Integration.Tests.Dashboard.OpenId;

[Collection(SameGateway.Name)]
public sealed class When_somebody_signs_in_by_OpenID_Connect(OpenIdGateway gateway, Browser browser) : IClassFixture<OpenIdGateway>
{
    private const string Cookie = "gateway-visitor";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_read_and_change_nothing_as_a_viewer()
    {
        await using var visit = await browser.OpenAsync(gateway.Site);
        await visit.Page.GotoAsync("/jobs?state=dead");
        await SignInAsync(visit, "vera", gateway.Provider);
        await visit.Page.GetByRole(AriaRole.Heading, new() { Name = "Jobs" }).WaitForAsync();

        Assert.EndsWith("/jobs?state=dead", visit.Page.Url, StringComparison.Ordinal);
        Assert.Equal("oidc:vera\nviewer", await visit.ReadAsync(".user"));
        var cookie = Assert.Single(await visit.Page.Context.CookiesAsync(), cookie => cookie.Name == Cookie);
        Assert.Equal((true, SameSiteAttribute.Strict), (cookie.HttpOnly, cookie.SameSite));
        await visit.GoAsync("/");
        Assert.Equal(0, await visit.Page.Locator("main").GetByRole(AriaRole.Button, new() { Name = "Pause" }).CountAsync());
        Assert.Equal(200, await StatusAsync(visit, "GET", "/api/jobs"));
        Assert.Equal(401, await StatusAsync(visit, "POST", "/api/queues/webhooks/pause"));
    }

    [Theory]
    [InlineData("otto", "oidc:otto")]
    [InlineData("both", "oidc:both@example.com")]
    [InlineData("hostile", "oidc:<script>alert(1)</script> \"ann\"")]
    public async Task Should_change_something_under_his_name_as_an_operator(string login, string name)
    {
        await using var visit = await browser.OpenAsync(gateway.Site);
        await SignInAsync(visit, login, gateway.Provider);
        await visit.GoAsync("/");
        Assert.Equal($"{name}\noperator", await visit.ReadAsync(".user"));

        await visit.Page.Locator("main").GetByRole(AriaRole.Button, new() { Name = "Pause" }).First.ClickAsync();
        await visit.ConfirmAsync("Pause");

        var changed = await Eventually.Read(
            () => TrailOfAsync(name), actions => actions.Count == 1 && actions[0].TryGetProperty("status_code", out _), $"a change by {name}");
        Assert.EndsWith("/pause", changed[0].GetProperty("action").GetString(), StringComparison.Ordinal);
        await visit.Page.Locator("main").GetByRole(AriaRole.Button, new() { Name = "Resume" }).First.ClickAsync();
        await Eventually.Read(() => TrailOfAsync(name), actions => actions.Count == 2, $"another one by {name}");
        Assert.DoesNotContain(visit.Complaints, complaint => complaint.Contains("Content Security Policy", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("nina")]
    [InlineData("nobody")]
    public async Task Should_be_told_of_having_no_role_and_be_asked_for_another_account(string login)
    {
        await using var visit = await browser.OpenAsync(gateway.Site);
        await SignInAsync(visit, login, gateway.Provider, expected: ".complaint");

        Assert.Equal(
            $"You are known at {gateway.Provider.Issuer.Authority}, but may do nothing here: you have neither the role gateway-viewer nor the role "
            + $"gateway-operator. Whoever looks after {gateway.Provider.Issuer.Authority} can give you one.",
            await visit.ReadAsync(".complaint"));
        await HasNoCookieAsync(visit);
        Assert.Contains($"oidc:{login} signed in at {gateway.Provider.Issuer}", gateway.Worker.Output, StringComparison.Ordinal);
        await SignInAsync(visit, "vera", gateway.Provider);
    }

    [Fact]
    public async Task Should_be_asked_who_it_is_after_signing_out()
    {
        await using var visit = await browser.OpenAsync(gateway.Site);
        await SignInAsync(visit, "vera", gateway.Provider);
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await visit.Page.Locator(".complaint").GetByText("You are signed out here").WaitForAsync();
        await HasNoCookieAsync(visit);

        await SignInAsync(visit, "otto", gateway.Provider);
        Assert.Equal("oidc:otto\noperator", await visit.ReadAsync(".user"));
    }

    [Fact]
    public async Task Should_sign_in_anew_when_twelve_hours_are_over()
    {
        await using var visit = await browser.OpenAsync(gateway.Site);
        await SignInAsync(visit, "vera", gateway.Provider);
        var cookie = Assert.Single(await visit.Page.Context.CookiesAsync(), cookie => cookie.Name == Cookie);
        await using var services = ServicesOfCookies();
        var format = new TicketDataFormat(services.GetRequiredService<IDataProtectionProvider>().CreateProtector(
            "Microsoft.AspNetCore.Authentication.Cookies.CookieAuthenticationMiddleware", Visits.SchemeName, "v2"));

        var ticket = format.Unprotect(cookie.Value)!;
        Assert.InRange(ticket.Properties.ExpiresUtc!.Value - ticket.Properties.IssuedUtc!.Value, TimeSpan.FromHours(11.9), TimeSpan.FromHours(12));
        Assert.DoesNotContain(ticket.Properties.Items.Keys, name => name.Contains("oken", StringComparison.Ordinal));

        // The same cookie as it would be twelve hours later.
        ticket.Properties.ExpiresUtc = ticket.Properties.IssuedUtc - TimeSpan.FromSeconds(1);
        ticket.Properties.IssuedUtc = ticket.Properties.ExpiresUtc - TimeSpan.FromHours(12);
        await visit.Page.Context.AddCookiesAsync(
            [new() { Name = Cookie, Value = format.Protect(ticket), Domain = "127.0.0.1", Path = "/", HttpOnly = true, SameSite = SameSiteAttribute.Strict }]);
        await visit.Page.GotoAsync("/jobs");

        await visit.Page.GetByRole(AriaRole.Alert).GetByText("Your sign-in is over").WaitForAsync();
        Assert.Equal(401, await StatusAsync(visit, "GET", "/api/jobs"));
    }

    [Theory]
    [InlineData("?code=anything&state=forged")]
    [InlineData("?code=anything")]
    [InlineData("?error=access_denied&state=forged")]
    [InlineData("")]
    public async Task Should_not_be_let_in_by_a_state_that_was_made_up(string query)
    {
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = gateway.Site };
        using var answer = await http.GetAsync($"/sign-in/callback{query}", Cancellation);

        Assert.Equal((HttpStatusCode.Redirect, "/sign-in?why=stale"), (answer.StatusCode, answer.Headers.Location?.ToString()));
        Assert.DoesNotContain(Cookie, string.Join(';', answer.Headers.TryGetValues("Set-Cookie", out var cookies) ? cookies : []), StringComparison.Ordinal);
        Assert.DoesNotContain("forged", gateway.Worker.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_not_be_let_in_by_what_another_browser_began()
    {
        await using var attacker = await browser.OpenAsync(gateway.Site);
        await SignInAsync(attacker, "otto", gateway.Provider);

        await using var victim = await browser.OpenAsync(gateway.Site);
        await victim.Page.GotoAsync(CallbackOf(attacker));
        await victim.Page.GetByRole(AriaRole.Alert).GetByText("The sign-in was begun too long ago, or in another browser.").WaitForAsync();
        await HasNoCookieAsync(victim);
    }

    [Theory]
    [InlineData(OpenIdProvider.Usual)]
    [InlineData(OpenIdProvider.Plain)]
    public async Task Should_be_told_when_the_secret_of_the_worker_is_wrong(string kind)
    {
        await using var provider = await OpenIdProvider.StartAsync(kind);
        await using var worker = await WorkerProcess.StartAsync(
            gateway.SettingsOf(OpenIdProvider.SettingsFor(provider.Issuer, secret: "not-the-secret-at-all")));
        await using var visit = await browser.OpenAsync(await worker.Address);
        await visit.Page.GotoAsync("/sign-in");
        await visit.Page.GetByRole(AriaRole.Link, new() { Name = provider.Link }).ClickAsync();
        if (kind == OpenIdProvider.Plain)
        {
            await FillInAsync(visit, "otto");
        }

        await visit.Page.GetByRole(AriaRole.Alert).GetByText("did not accept this worker's request").WaitForAsync();
        await worker.WaitUntilLoggedAsync("invalid_client");
        Assert.DoesNotContain("not-the-secret-at-all", worker.Output, StringComparison.Ordinal);
        await visit.SignInAsync(OpenIdGateway.Key);
    }

    [Fact]
    public async Task Should_be_told_when_the_provider_is_away_and_sign_in_when_it_is_back()
    {
        var issuer = new Uri($"http://127.0.0.1:{FreePort.Find()}");
        await using var worker = await WorkerProcess.StartAsync(gateway.SettingsOf(OpenIdProvider.SettingsFor(issuer)));
        await using var visit = await browser.OpenAsync(await worker.Address);
        await visit.Page.GotoAsync("/sign-in?from=%2Fjobs");
        var link = visit.Page.GetByRole(AriaRole.Link, new() { Name = $"Sign in at {issuer.Authority}" });
        await link.ClickAsync();

        await visit.Page.GetByRole(AriaRole.Alert).GetByText($"{issuer.Authority} does not answer as it should").WaitForAsync();
        await worker.WaitUntilLoggedAsync("did not answer as a provider of OpenID Connect");
        await visit.SignInAsync(OpenIdGateway.Key);
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await link.WaitForAsync();

        await using (var provider = await OpenIdProvider.StartAsync(port: issuer.Port))
        {
            await SignInAsync(visit, "vera", provider);
            await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
            await visit.Page.GetByRole(AriaRole.Link, new() { Name = provider.Link }).ClickAsync();
            await visit.Page.Locator("input[name=login]").WaitForAsync();
            // Whom it sends back before it goes away.
            await FillInAsync(visit, "last");
            await visit.Page.GetByRole(AriaRole.Alert).GetByText("does not answer as it should").WaitForAsync();
        }
    }

    [Fact]
    public async Task Should_find_the_way_back_under_a_path()
    {
        await using var provider = await OpenIdProvider.StartAsync(OpenIdProvider.Plain);
        var settings = gateway.SettingsOf(OpenIdProvider.SettingsFor(provider.Issuer));
        settings["OPS_PATH_BASE"] = "/gateway";
        await using var worker = await WorkerProcess.StartAsync(settings);
        await using var visit = await browser.OpenAsync(await worker.Address);
        await visit.Page.GotoAsync("/gateway/jobs?state=dead");
        await SignInAsync(visit, "otto", provider);

        Assert.EndsWith("/gateway/jobs?state=dead", visit.Page.Url, StringComparison.Ordinal);
        Assert.Equal("oidc:otto\noperator", await visit.ReadAsync(".user"));
    }

    [Fact]
    public async Task Should_be_sent_back_to_the_address_of_the_proxy_with_cookies_for_https_alone()
    {
        await using var provider = await OpenIdProvider.StartAsync(OpenIdProvider.Plain);
        var settings = gateway.SettingsOf(OpenIdProvider.SettingsFor(provider.Issuer));
        (settings["OPS_PATH_BASE"], settings["OPS_TRUSTED_PROXIES"]) = ("/gateway", "127.0.0.1");
        await using var worker = await WorkerProcess.StartAsync(settings);
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = await worker.Address };
        using var request = new HttpRequestMessage(HttpMethod.Get, "/sign-in/openid?from=%2Fjobs");
        request.Headers.Host = "gateway.example.com";
        request.Headers.Add("X-Forwarded-For", "203.0.113.7");
        request.Headers.Add("X-Forwarded-Proto", "https");
        using var answer = await http.SendAsync(request, Cancellation);

        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        var query = QueryHelpers.ParseQuery(answer.Headers.Location!.Query);
        Assert.Equal("https://gateway.example.com/gateway/sign-in/callback", query["redirect_uri"]);
        Assert.Equal(("code", "S256"), (query["response_type"].ToString(), query["code_challenge_method"].ToString()));
        Assert.Equal("openid profile email", query["scope"]);
        Assert.NotEmpty(query["nonce"].ToString());
        var cookies = answer.Headers.GetValues("Set-Cookie").ToList();
        Assert.Equal(2, cookies.Count);
        Assert.All(cookies, cookie => Assert.Contains("path=/gateway/sign-in/callback; secure; samesite=lax; httponly", cookie, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Should_leave_no_token_and_no_secret_in_the_log()
    {
        await using var visit = await browser.OpenAsync(gateway.Site);
        await SignInAsync(visit, "vera", gateway.Provider);

        var code = QueryHelpers.ParseQuery(new Uri(CallbackOf(visit)).Query)["code"].ToString();
        Assert.NotEmpty(code);
        Assert.DoesNotContain(code, gateway.Worker.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(OpenIdProvider.ClientSecret, gateway.Worker.Output, StringComparison.Ordinal);
        // So every token begins that is signed (JSON in base64).
        Assert.DoesNotContain("eyJ", gateway.Worker.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_find_both_ways_on_the_page()
    {
        foreach (var look in Look.All)
        {
            await using var visit = await browser.OpenAsync(gateway.Site, look);
            await visit.GoAsync("/sign-in?why=away");
            await visit.Page.GetByRole(AriaRole.Link, new() { Name = gateway.Provider.Link }).WaitForAsync();
            await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).WaitForAsync();
            await visit.PictureAsync("sign-in");
            await visit.IsSoundAsync();
        }
    }

    private static async Task SignInAsync(Visit visit, string login, OpenIdProvider provider, string expected = "main#main h1")
    {
        if (!visit.Page.Url.Contains("/sign-in", StringComparison.Ordinal))
        {
            await visit.Page.GotoAsync("/sign-in");
        }

        await visit.Page.GetByRole(AriaRole.Link, new() { Name = provider.Link }).ClickAsync();
        await FillInAsync(visit, login);
        await visit.Page.Locator(expected).WaitForAsync();
    }

    private static async Task FillInAsync(Visit visit, string login)
    {
        await visit.Page.Locator("input[name=login]").FillAsync(login);
        await visit.Page.Locator("input[name=password]").FillAsync("any");
        await visit.Page.Keyboard.PressAsync("Enter");
    }

    private static string CallbackOf(Visit visit) =>
        Assert.Single(visit.Requests, url => url.Contains("/sign-in/callback?", StringComparison.Ordinal));

    private static async Task HasNoCookieAsync(Visit visit) =>
        Assert.DoesNotContain(await visit.Page.Context.CookiesAsync(), cookie => cookie.Name == Cookie);

    private static Task<int> StatusAsync(Visit visit, string method, string path) =>
        visit.Page.EvaluateAsync<int>("([method, path]) => fetch(path, { method }).then(answer => answer.status)", new[] { method, path });

    private async Task<List<JsonElement>> TrailOfAsync(string name)
    {
        using var http = new HttpClient { BaseAddress = gateway.Site };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", OpenIdGateway.Key);
        var actions = await http.GetFromJsonAsync<JsonElement>("/api/operator-actions", Cancellation);
        return [.. actions.EnumerateArray().Where(action => action.GetProperty("operator").GetString() == name)];
    }

    // What a worker on the same database would read a cookie with.
    private ServiceProvider ServicesOfCookies()
    {
        var options = GatewayOptions.Read(gateway.Settings.ToConfiguration());
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddDatabase(options.Mode, options.Database);
        services.AddDataProtection().SetApplicationName("gateway-worker").PersistKeysToDbContext<GatewayDbContext>();
        return services.BuildServiceProvider();
    }
}
