using System.Collections.Concurrent;
using Microsoft.Playwright;

namespace Gateway.Integration.Tests.Dashboard;

/// <summary>Chromium, which the tests of the dashboard share. It is started when one of them asks for it.</summary>
public sealed class Browser : IAsyncDisposable
{
    private const string Path = "/usr/bin/chromium";

    private readonly Lazy<Task<(IPlaywright Driver, IBrowser Chromium)>> _started = new(StartAsync);
    private readonly ConcurrentDictionary<(Uri Site, string Key), string> _cookies = new();

    /// <summary>A visitor with cookies and settings of his own.</summary>
    /// <param name="site">Where the dashboard is.</param>
    /// <param name="look">The size and the theme of his screen.</param>
    public async Task<Visit> OpenAsync(Uri site, Look? look = null)
    {
        var (_, chromium) = await _started.Value;
        return await Visit.BeginAsync(chromium, site, look ?? Look.Desk);
    }

    /// <summary>
    /// A visitor who is signed in. The first one with a key signs in by the page; those who come after him have his cookies, and have opened
    /// no page yet.
    /// </summary>
    /// <param name="site">Where the dashboard is, the same worker for as long as the tests run.</param>
    /// <param name="key">The key of the API.</param>
    public async Task<Visit> OpenSignedInAsync(Uri site, string key)
    {
        var (_, chromium) = await _started.Value;
        var isKnown = _cookies.TryGetValue((site, key), out var cookies);
        var visit = await Visit.BeginAsync(chromium, site, Look.Desk, cookies);
        if (!isKnown)
        {
            await visit.SignInAsync(key);
            _cookies[(site, key)] = await visit.KeepCookiesAsync();
        }

        return visit;
    }

    public async ValueTask DisposeAsync()
    {
        if (_started.IsValueCreated && _started.Value.IsCompletedSuccessfully)
        {
            var (driver, chromium) = await _started.Value;
            await chromium.DisposeAsync();
            driver.Dispose();
        }
    }

    private static async Task<(IPlaywright Driver, IBrowser Chromium)> StartAsync()
    {
        var driver = await Playwright.CreateAsync();
        // As root it does not run in its sandbox; what it shows here is our own.
        return (driver, await driver.Chromium.LaunchAsync(new() { ExecutablePath = Path, Args = ["--no-sandbox"] }));
    }
}
