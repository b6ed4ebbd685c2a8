using System.Text;
using Gateway.Persistence;
using Gateway.Worker.Configuration;
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
    private readonly DirectoryInfo _folder;
    private readonly WebApplication _app;
    private readonly HttpClient _http;

    private EmbeddedWorker(DirectoryInfo folder, WebApplication app) =>
        (_folder, _app, _http) = (folder, app, new HttpClient { BaseAddress = new Uri(app.Urls.Single()) });

    public IServiceProvider Services => _app.Services;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<EmbeddedWorker> StartAsync(params (string Variable, string Value)[] settings)
    {
        var folder = Directory.CreateTempSubdirectory("gateway-metrics");
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.Sources.Clear();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["GATEWAY_MODE"] = "embedded",
            ["DB_FILE"] = Path.Combine(folder.FullName, "gateway.db"),
            ["OPS_URL"] = "http://127.0.0.1:0",
            ["METRICS_INTERVAL"] = "200ms",
        });
        builder.Configuration.AddInMemoryCollection(settings.Select(s => KeyValuePair.Create(s.Variable, (string?)s.Value)));
        builder.Logging.ClearProviders();
        var app = GatewayHost.Build(builder, GatewayOptions.Read(builder.Configuration));
        await app.Services.GetRequiredService<GatewaySchema>().MigrateAsync(Cancellation);
        await app.StartAsync(Cancellation);
        return new EmbeddedWorker(folder, app);
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

    /// <summary>What Prometheus would get.</summary>
    public Task<string> ScrapeAsync() => _http.GetStringAsync("/metrics", Cancellation);

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        _folder.Delete(recursive: true);
    }
}
