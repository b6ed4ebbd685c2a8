using Gateway.Testing.Workers;
using Xunit;

namespace Gateway.Integration.Tests.Dashboard;

/// <summary>A worker in embedded mode, as somebody starts it who takes a first look: without servers and without keys.</summary>
public sealed class EmbeddedDashboard : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("gateway-dashboard");
    private WorkerProcess _worker = null!;

    public Uri Site { get; private set; } = null!;

    public HttpClient Api { get; } = new();

    public async ValueTask InitializeAsync()
    {
        _worker = await WorkerProcess.StartAsync(new Dictionary<string, string>
        {
            ["GATEWAY_MODE"] = "embedded",
            ["DB_FILE"] = Path.Combine(_folder.FullName, "gateway.db"),
            ["OPS_URL"] = "http://127.0.0.1:0",
            ["LOG_FORMAT"] = "text",
        });
        Site = await _worker.Address;
        Api.BaseAddress = Site;
    }

    public async ValueTask DisposeAsync()
    {
        Api.Dispose();
        await _worker.DisposeAsync();
        _folder.Delete(recursive: true);
    }
}
