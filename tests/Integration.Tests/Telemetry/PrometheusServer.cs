using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Gateway.Testing;
using Gateway.Testing.Network;
using Xunit;

namespace Gateway.Integration.Tests.Telemetry;

/// <summary>A real Prometheus that scrapes one worker every half second. Debian's package is prometheus.</summary>
public sealed class PrometheusServer : IAsyncDisposable
{
    private readonly DirectoryInfo _folder;
    private readonly Process _process;
    private readonly HttpClient _http;

    private PrometheusServer(DirectoryInfo folder, Process process, int port)
    {
        (_folder, _process) = (folder, process);
        _http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Starts it and waits for its first scrape.</summary>
    /// <param name="worker">Where the worker's API is.</param>
    /// <param name="key">A viewer's key.</param>
    public static async Task<PrometheusServer> StartAsync(Uri worker, string key)
    {
        var folder = Directory.CreateTempSubdirectory("gateway-prometheus");
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "key"), key, Cancellation);
        await File.WriteAllTextAsync(
            Path.Combine(folder.FullName, "prometheus.yml"),
            $$"""
            global: { scrape_interval: 500ms, scrape_timeout: 500ms }
            scrape_configs:
              - job_name: gateway-worker
                authorization: { credentials_file: key }
                static_configs: [{ targets: ['{{worker.Authority}}'] }]
            """,
            Cancellation);
        var port = FreePort.Find();
        var process = Process.Start(new ProcessStartInfo("prometheus",
        [
            $"--config.file={Path.Combine(folder.FullName, "prometheus.yml")}",
            $"--storage.tsdb.path={Path.Combine(folder.FullName, "data")}",
            $"--web.listen-address=127.0.0.1:{port.ToString(CultureInfo.InvariantCulture)}",
            "--log.level=error",
        ]))!;
        var prometheus = new PrometheusServer(folder, process, port);
        try
        {
            await Eventually.Read(prometheus.IsScrapingAsync, isScraping => isScraping, "Prometheus scrapes the worker");
            return prometheus;
        }
        catch
        {
            await prometheus.DisposeAsync();
            throw;
        }
    }

    /// <summary>The answer to an instant query: each series by the values of its labels, in the order of their names.</summary>
    public async Task<IReadOnlyDictionary<string, double>> AskAsync(string query)
    {
        var answer = await _http.GetFromJsonAsync<JsonElement>($"/api/v1/query?query={Uri.EscapeDataString(query)}", Cancellation);
        return answer.GetProperty("data").GetProperty("result").EnumerateArray().ToDictionary(
            series => string.Join(' ', series.GetProperty("metric").EnumerateObject().OrderBy(l => l.Name, StringComparer.Ordinal).Select(l => l.Value.GetString())),
            series => double.Parse(series.GetProperty("value")[1].GetString()!, CultureInfo.InvariantCulture));
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        _process.Kill();
        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
        _folder.Delete(recursive: true);
    }

    private async Task<bool> IsScrapingAsync()
    {
        Assert.False(_process.HasExited, "Prometheus did not start.");
        try
        {
            return (await AskAsync("up == 1")).Count == 1;
        }
        catch (Exception notYet) when (notYet is HttpRequestException or JsonException)
        {
            return false;
        }
    }
}
