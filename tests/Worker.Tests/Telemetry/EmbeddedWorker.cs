using System.Text;
using Gateway.Persistence;
using Gateway.Worker.Configuration;
using Gateway.Worker.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Gateway.Worker.Tests.Telemetry;

/// <summary>The whole worker in embedded mode, in the process of the tests.</summary>
internal sealed class EmbeddedWorker : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("gateway-embedded");
    private readonly (string Variable, string Value)[] _settings;
    private readonly Action<WebApplication>? _alter;
    private WebApplication _app = null!;
    private HttpClient _http = null!;

    private EmbeddedWorker((string Variable, string Value)[] settings, Action<WebApplication>? alter) => (_settings, _alter) = (settings, alter);

    public IServiceProvider Services => _app.Services;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static Task<EmbeddedWorker> StartAsync(params (string Variable, string Value)[] settings) => StartAsync(alter: null, settings);

    /// <summary>Starts one to which something was added, such as a route.</summary>
    public static async Task<EmbeddedWorker> StartAsync(Action<WebApplication>? alter, params (string Variable, string Value)[] settings)
    {
        var worker = new EmbeddedWorker(settings, alter);
        await worker.StartAsync();
        return worker;
    }

    /// <summary>Stops it and starts another one on the same file.</summary>
    public async Task RestartAsync()
    {
        await StopAsync();
        await StartAsync();
    }

    /// <summary>Adds rows to its database.</summary>
    public async Task AddAsync(params object[] rows)
    {
        await using var db = await Services.GetRequiredService<IDbContextFactory<GatewayDbContext>>().CreateDbContextAsync(Cancellation);
        db.AddRange(rows);
        await db.SaveChangesAsync(Cancellation);
    }

    public Task<HttpResponseMessage> GetAsync(string path) => _http.GetAsync(path, Cancellation);

    public Task<HttpResponseMessage> PostAsync(string path) => _http.PostAsync(path, null, Cancellation);

    public Task<HttpResponseMessage> PostAsync(string path, string json) => _http.PostAsync(path, new StringContent(json, Encoding.UTF8, "application/json"), Cancellation);

    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request) => _http.SendAsync(request, Cancellation);

    /// <summary>What Prometheus would get.</summary>
    public Task<string> ScrapeAsync() => _http.GetStringAsync("/metrics", Cancellation);

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        _folder.Delete(recursive: true);
    }

    private async Task StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.Sources.Clear();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["GATEWAY_MODE"] = "embedded",
            ["DB_FILE"] = Path.Combine(_folder.FullName, "gateway.db"),
            ["OPS_URL"] = "http://127.0.0.1:0",
            ["METRICS_INTERVAL"] = "200ms",
            ["GATEWAY_DASHBOARD"] = "off",
        });
        builder.Configuration.AddInMemoryCollection(_settings.Select(s => KeyValuePair.Create(s.Variable, (string?)s.Value)));
        builder.Logging.ClearProviders();
        _app = GatewayHost.Build(builder, GatewayOptions.Read(builder.Configuration));
        _alter?.Invoke(_app);
        await _app.Services.GetRequiredService<GatewaySchema>().MigrateAsync(Cancellation);
        await _app.StartAsync(Cancellation);
        _http = new HttpClient { BaseAddress = new Uri(_app.Urls.Single()) };
    }

    private async Task StopAsync()
    {
        _http.Dispose();
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
    }
}
