using Deque.AxeCore.Playwright;
using Gateway.Testing;
using Microsoft.Playwright;
using Xunit;

namespace Gateway.Integration.Tests.Dashboard;

/// <summary>Somebody who looks at the dashboard in a browser.</summary>
public sealed class Visit : IAsyncDisposable
{
    private static readonly bool TakesPictures = Environment.GetEnvironmentVariable("DASHBOARD_PICTURES") is { Length: > 0 };

    private readonly IBrowserContext _context;
    private readonly List<string> _complaints = [];
    private readonly List<string> _requests = [];

    private Visit(IBrowserContext context, IPage page, Look look)
    {
        (_context, Page, Look) = (context, page, look);
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
            {
                _complaints.Add(message.Text);
            }
        };
        page.PageError += (_, error) => _complaints.Add(error);
        page.Request += (_, request) => _requests.Add(request.Url);
    }

    public IPage Page { get; }

    public Look Look { get; }

    /// <summary>What the browser complained of: errors of scripts, what the content security policy refused, what was not found.</summary>
    public IReadOnlyList<string> Complaints => _complaints;

    /// <summary>Everything that was asked for.</summary>
    public IReadOnlyList<string> Requests => _requests;

    internal static async Task<Visit> BeginAsync(IBrowser chromium, Uri site, Look look, string? cookies = null)
    {
        var context = await chromium.NewContextAsync(new()
        {
            BaseURL = site.ToString(),
            ViewportSize = new() { Width = look.Width, Height = look.Height },
            ColorScheme = look.Theme,
            ReducedMotion = ReducedMotion.Reduce,
            StorageState = cookies,
        });
        context.SetDefaultTimeout((float)Eventually.Patience.TotalMilliseconds);
        return new Visit(context, await context.NewPageAsync(), look);
    }

    /// <summary>Opens a page and waits until its title is there and nothing is loading any more.</summary>
    public async Task GoAsync(string path)
    {
        await Page.GotoAsync(path);
        await Page.Locator("h1").WaitForAsync();
        await Page.Locator(".loading").WaitForAsync(new() { State = WaitForSelectorState.Detached });
    }

    /// <summary>Signs in with a key of the API.</summary>
    public async Task SignInAsync(string key)
    {
        await Page.GotoAsync("/sign-in");
        await Page.Locator("#key").FillAsync(key);
        await Page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await Page.Locator("main#main h1").WaitForAsync();
    }

    /// <summary>
    /// Returns when the address has the text. It is looked at again and again: what tells of a new one tells it once, be it before somebody listens.
    /// </summary>
    public Task IsAtAsync(string text) => Eventually.Read(
        () => Task.FromResult(Page.Url), url => url.Contains(text, StringComparison.Ordinal), $"the address with {text}");

    /// <summary>Clicks on a button of the page, or of the dialog that is open.</summary>
    public Task ClickAsync(string name, ILocator? within = null) =>
        (within ?? Page.Locator("main")).GetByRole(AriaRole.Button, new() { Name = name, Exact = true }).First.ClickAsync();

    /// <summary>Says yes to what is asked.</summary>
    public async Task ConfirmAsync(string button)
    {
        var dialog = Page.GetByRole(AriaRole.Dialog);
        await ClickAsync(button, dialog);
        await dialog.WaitForAsync(new() { State = WaitForSelectorState.Detached });
    }

    /// <summary>Returns when it is told at the edge of the page that something was done.</summary>
    public Task IsToldAsync(string text) => Page.Locator(".mud-snackbar").GetByText(text).First.WaitForAsync();

    /// <summary>The row of a table in which a text is.</summary>
    public ILocator Row(string text) => Page.Locator("table.rows tbody tr").Filter(new() { HasText = text });

    /// <summary>The text of what a selector finds first, as it is seen.</summary>
    public Task<string> ReadAsync(string selector) => Page.Locator(selector).First.InnerTextAsync();

    /// <summary>The cookies of this visitor, for another one.</summary>
    internal Task<string> KeepCookiesAsync() => _context.StorageStateAsync();

    /// <summary>Writes a picture of the whole page to <c>artifacts/dashboard</c>, to be looked at, where <c>DASHBOARD_PICTURES</c> is set.</summary>
    public async Task PictureAsync(string name)
    {
        if (!TakesPictures)
        {
            return;
        }

        var folder = Repository.PathOf("artifacts/dashboard");
        Directory.CreateDirectory(folder);
        await Page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"{name}-{Look.Name}.png"), FullPage = true });
    }

    /// <summary>
    /// The page can be used by everybody: nothing serious for those who do not see or do not see well, nothing wider than the screen, and
    /// no complaint of the browser.
    /// </summary>
    public async Task IsSoundAsync()
    {
        var found = await Page.RunAxe();
        var barriers = found.Violations.Where(violation => violation.Impact is "serious" or "critical")
            .Select(violation => $"{violation.Id}: {violation.Help} {string.Join(" | ", violation.Nodes.Select(node => node.Html))}");
        // As text, since a list is shortened.
        Assert.Equal("", string.Join('\n', barriers));
        Assert.Equal(Look.Width, await Page.EvaluateAsync<int>("() => Math.max(innerWidth, document.documentElement.scrollWidth)"));
        Assert.Empty(Complaints);
    }

    public ValueTask DisposeAsync() => _context.DisposeAsync();
}
