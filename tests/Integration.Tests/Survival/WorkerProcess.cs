using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Xunit;

namespace Gateway.Integration.Tests.Survival;

/// <summary>The worker as operators run it: a process of its own, configured by environment variables alone.</summary>
public sealed partial class WorkerProcess : IAsyncDisposable
{
    private static readonly string[] OurVariables = ["GATEWAY_", "RABBITMQ_", "REDIS_", "DB_", "OPS_", "WEBHOOK_", "WORKER_", "SMTP_", "OTEL_", "Logging__"];

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly TaskCompletionSource<Uri> _serving = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(10) };

    private WorkerProcess(string folder, string verb, IEnumerable<KeyValuePair<string, string>> environment, MemoryCgroup? cgroup = null)
    {
        string[] command = ["dotnet", Path.Combine(folder, "Gateway.Worker.dll"), verb];
        // In the group before it begins: the runtime asks once how much memory it may have.
        string[] inCgroup = cgroup is null ? command : ["sh", "-c", "echo $$ > \"$0\" && exec \"$@\"", cgroup.Processes, .. command];
        var start = new ProcessStartInfo(inCgroup[0], inCgroup[1..])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        foreach (var inherited in start.Environment.Keys.Where(key => OurVariables.Any(key.StartsWith)).ToArray())
        {
            start.Environment.Remove(inherited);
        }

        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Successful deliveries that this process has logged; it logs them when its environment asks for it.</summary>
    public Counter Delivered { get; } = new();

    public bool HasExited => _process.HasExited;

    /// <summary>All that it has written so far.</summary>
    public string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    /// <summary>Starts the worker and waits until its ready probe answers 200.</summary>
    public static Task<WorkerProcess> StartAsync(IEnumerable<KeyValuePair<string, string>> environment) =>
        StartAsync(AppContext.BaseDirectory, environment);

    /// <summary>The same from the folder where the worker's files are, in a group of processes that has so much memory.</summary>
    public static async Task<WorkerProcess> StartAsync(
        string folder, IEnumerable<KeyValuePair<string, string>> environment, MemoryCgroup? cgroup = null)
    {
        var worker = new WorkerProcess(folder, "serve", environment, cgroup);
        try
        {
            await worker.IsAsync(HttpStatusCode.OK);
            return worker;
        }
        catch
        {
            TestContext.Current.TestOutputHelper?.WriteLine(worker.Output);
            await worker.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts the worker and waits for nothing.</summary>
    public static WorkerProcess Launch(IEnumerable<KeyValuePair<string, string>> environment) => new(AppContext.BaseDirectory, "serve", environment);

    /// <summary>Runs a verb that ends by itself.</summary>
    public static async Task RunAsync(string verb, IEnumerable<KeyValuePair<string, string>> environment, CancellationToken cancellationToken)
    {
        await using var worker = new WorkerProcess(AppContext.BaseDirectory, verb, environment);
        await worker._process.WaitForExitAsync(cancellationToken);
        Assert.True(worker._process.ExitCode == 0, $"`{verb}` ended with exit code {worker._process.ExitCode}: {worker.Output}");
    }

    /// <summary>Where its API is.</summary>
    public Task<Uri> Address => _serving.Task;

    /// <summary>Returns when the ready probe answers so.</summary>
    public Task IsAsync(HttpStatusCode expected) => IsAsync("ready", expected);

    /// <summary>Returns when a probe answers so.</summary>
    public Task IsAsync(string probe, HttpStatusCode expected) =>
        Eventually.Read(() => AskAsync(probe), answer => answer == expected, $"The answer {(int)expected} of the {probe} probe");

    /// <summary>Returns when the probe is out of reach or red: the process has heard that it shall end.</summary>
    public Task IsStoppingAsync() =>
        Eventually.Read(() => AskAsync("ready"), answer => answer != HttpStatusCode.OK, "The end of the ready probe");

    /// <summary>Returns when it has written the text.</summary>
    public Task LogsAsync(string text) => Eventually.Read(
        () => Task.FromResult(Output), output => output.Contains(text, StringComparison.Ordinal), $"The log line with '{text}'");

    /// <summary>SIGKILL. Returns when the process is gone.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync(CancellationToken.None);
    }

    /// <summary>SIGTERM, without waiting for the end.</summary>
    public async Task SignalAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
        await kill.WaitForExitAsync(CancellationToken.None);
    }

    /// <summary>SIGTERM. Returns the exit code.</summary>
    public async Task<int> StopAsync()
    {
        await SignalAsync();
        return await EndAsync();
    }

    /// <summary>Returns the exit code when the process has ended.</summary>
    public async Task<int> EndAsync()
    {
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Eventually.Patience, TestContext.Current.CancellationToken);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync(CancellationToken.None);
        }

        _process.Dispose();
        _http.Dispose();
    }

    /// <summary>Asks a probe: <c>live</c>, <c>startup</c> or <c>ready</c>.</summary>
    /// <returns>Null when nobody answers.</returns>
    public async Task<HttpStatusCode?> AskAsync(string probe)
    {
        if (!_serving.Task.IsCompleted)
        {
            Assert.False(_process.HasExited, $"The worker ended before it was ready: {Output}");
            return null;
        }

        try
        {
            using var answer = await _http.GetAsync(new Uri(await _serving.Task, $"/healthz/{probe}"), TestContext.Current.CancellationToken);
            return answer.StatusCode;
        }
        catch (Exception error) when (error is HttpRequestException or TaskCanceledException { InnerException: TimeoutException })
        {
            return null;
        }
    }

    /// <summary>What a probe tells.</summary>
    public async Task<string> ReadAsync(string probe)
    {
        using var answer = await _http.GetAsync(new Uri(await _serving.Task, $"/healthz/{probe}"), TestContext.Current.CancellationToken);
        return await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }

    private void Keep(string? line)
    {
        if (line is null)
        {
            return;
        }

        if (DeliveredLine.Match(line) is { Success: true } delivered)
        {
            Delivered.Increment();
            // Thousands of them, and nothing to be read from them but by those who read the log as JSON.
            if (delivered.Groups[1].Value == "1" && !line.StartsWith('{'))
            {
                return;
            }
        }

        lock (_output)
        {
            _output.AppendLine(line);
        }

        if (ServingLine.Match(line) is { Success: true } serving)
        {
            _serving.TrySetResult(new Uri(serving.Groups[1].Value));
        }
    }

    // The port is the kernel's choice, so no other process can take it before the worker does.
    [GeneratedRegex(@"API on (http://[\d.:]+)")]
    private static partial Regex ServingLine { get; }

    [GeneratedRegex(@"delivered at attempt (\d+)")]
    private static partial Regex DeliveredLine { get; }
}
