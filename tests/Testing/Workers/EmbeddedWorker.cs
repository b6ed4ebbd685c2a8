using System.Text;
using Gateway.Persistence;
using Gateway.Worker.Hosting;
using Gateway.Worker.Jobs;
using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Gateway.Testing.Workers;

/// <summary>The whole worker in embedded mode, in the process of the tests.</summary>
public sealed class EmbeddedWorker : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("gateway-embedded");
    private readonly (string Variable, string Value)[] _settings;
    private Action<WebApplication>? _alter;
    private Action<IServiceCollection>? _add;
    private JobDefinition[] _jobs = [.. GatewayJobs.All];
    private WebApplication _app = null!;
    private HttpClient _http = null!;

    private EmbeddedWorker((string Variable, string Value)[] settings) => _settings = settings;

    /// <summary>The worker's own parts.</summary>
    public IServiceProvider Services => _app.Services;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Starts one on a file of its own.</summary>
    /// <param name="settings">Environment variables beside those that every one has, or instead of them.</param>
    public static Task<EmbeddedWorker> StartAsync(params (string Variable, string Value)[] settings) => StartAsync(alter: null, settings);

    /// <summary>Starts one to which something was added, such as a route.</summary>
    /// <param name="alter">Adds it; null for nothing.</param>
    /// <param name="settings">Environment variables beside those that every one has, or instead of them.</param>
    public static async Task<EmbeddedWorker> StartAsync(Action<WebApplication>? alter, params (string Variable, string Value)[] settings)
    {
        var worker = new EmbeddedWorker(settings) { _alter = alter };
        await worker.StartAsync();
        return worker;
    }

    /// <summary>Starts one that has one job more.</summary>
    /// <param name="job">The job.</param>
    /// <param name="add">Adds what does its work.</param>
    /// <param name="settings">Environment variables beside those that every one has, or instead of them.</param>
    public static async Task<EmbeddedWorker> StartAsync(
        JobDefinition job, Action<IServiceCollection> add, params (string Variable, string Value)[] settings)
    {
        var worker = new EmbeddedWorker(settings) { _add = add, _jobs = [.. GatewayJobs.All, job] };
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

    /// <summary>Asks its API.</summary>
    public Task<HttpResponseMessage> GetAsync(string path) => _http.GetAsync(path, Cancellation);

    /// <summary>Asks its API to do something.</summary>
    public Task<HttpResponseMessage> PostAsync(string path) => _http.PostAsync(path, null, Cancellation);

    /// <summary>Asks its API to do something, with a body.</summary>
    public Task<HttpResponseMessage> PostAsync(string path, string json) =>
        _http.PostAsync(path, new StringContent(json, Encoding.UTF8, "application/json"), Cancellation);

    /// <summary>Sends a request as it is.</summary>
    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request) => _http.SendAsync(request, Cancellation);

    /// <summary>What Prometheus would get.</summary>
    public Task<string> ScrapeAsync() => _http.GetStringAsync("/metrics", Cancellation);

    /// <inheritdoc/>
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
        _add?.Invoke(builder.Services);
        _app = GatewayHost.Build(builder, GatewayOptions.Read(builder.Configuration, _jobs));
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
