using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Xunit;

namespace Gateway.Testing.Workers;

/// <summary>The worker as operators run it: a process of its own, configured by environment variables alone.</summary>
public sealed partial class WorkerProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly WorkerStart _start;
    private readonly StringBuilder _output = new();
    private readonly TaskCompletionSource<Uri> _serving = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(10) };

    private WorkerProcess(WorkerStart worker)
    {
        _start = worker;
        string[] command = ["dotnet", worker.Assembly, .. worker.Command];
        // In the group before it begins: the runtime asks once how much memory it may have.
        string[] inCgroup = worker.Cgroup is null ? command : ["sh", "-c", "echo $$ > \"$0\" && exec \"$@\"", worker.Cgroup.Processes, .. command];
        // The shell sends the log to the file and then becomes the worker.
        string[] toFile = worker.LogFile is null ? inCgroup : ["sh", "-c", "exec \"$@\" >>\"$0\" 2>&1", worker.LogFile, .. inCgroup];
        var start = new ProcessStartInfo(toFile[0], toFile[1..])
        {
            RedirectStandardOutput = worker.LogFile is null,
            RedirectStandardError = worker.LogFile is null,
            WorkingDirectory = Path.GetTempPath(),
        };
        foreach (var (name, value) in worker.Environment.InPlaceOfInherited())
        {
            start.Environment[name] = value;
        }

        _process = new Process { StartInfo = start };
        if (worker.LogFile is null)
        {
            _process.OutputDataReceived += (_, line) => Keep(line.Data);
            _process.ErrorDataReceived += (_, line) => Keep(line.Data);
            _process.Start();
            _process.BeginOutputReadLine();
            _process.BeginErrorReadLine();
        }
        else
        {
            _process.Start();
            _serving.SetResult(new Uri(start.Environment["OPS_URL"]!));
        }
    }

    /// <summary>The id of the process.</summary>
    public int Id => _process.Id;

    /// <summary>Successful deliveries that this process has logged; it logs them when its environment asks for it.</summary>
    public Counter Delivered { get; } = new();

    /// <summary>Whether it has ended.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>All that it has written so far.</summary>
    public string Output
    {
        get
        {
            if (_start.LogFile is { } file)
            {
                // The worker makes it itself, in its first moments.
                return File.Exists(file) ? File.ReadAllText(file) : "";
            }

            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    /// <summary>Starts the worker and waits until its ready probe answers 200.</summary>
    public static Task<WorkerProcess> StartAsync(IEnumerable<KeyValuePair<string, string>> environment) => StartAsync(new WorkerStart(environment));

    /// <summary>The same with more to say about the process.</summary>
    public static async Task<WorkerProcess> StartAsync(WorkerStart start)
    {
        var worker = new WorkerProcess(start);
        try
        {
            await worker.WaitUntilAsync(HttpStatusCode.OK);
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
    public static WorkerProcess Launch(IEnumerable<KeyValuePair<string, string>> environment) => new(new WorkerStart(environment));

    /// <summary>Where its API is.</summary>
    public Task<Uri> Address => _serving.Task;

    /// <summary>Returns when the ready probe answers so.</summary>
    public Task WaitUntilAsync(HttpStatusCode expected) => WaitUntilAsync("ready", expected);

    /// <summary>Returns when a probe answers so.</summary>
    public Task WaitUntilAsync(string probe, HttpStatusCode expected) =>
        Eventually.Read(() => AskAsync(probe), answer => answer == expected, $"The answer {(int)expected} of the {probe} probe");

    /// <summary>Returns when the probe is out of reach or red: the process has heard that it shall end.</summary>
    public Task WaitUntilStoppingAsync() =>
        Eventually.Catch(() => AskAsync("ready"), answer => answer != HttpStatusCode.OK, "The end of the ready probe");

    /// <summary>Returns when it has written the text.</summary>
    public Task WaitUntilLoggedAsync(string text) => Eventually.Read(
        () => Task.FromResult(Output), output => output.Contains(text, StringComparison.Ordinal), $"The log line with '{text}'");

    /// <summary>SIGKILL. Returns when the process is gone.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync(CancellationToken.None);
    }

    /// <summary>SIGTERM or another, without waiting for the end.</summary>
    public async Task SignalAsync(string signal = "TERM")
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{_process.Id}"]);
        await kill.WaitForExitAsync(CancellationToken.None);
    }

    /// <summary>SIGTERM. Returns the exit code.</summary>
    public async Task<int> StopAsync()
    {
        await SignalAsync();
        return await WaitUntilEndedAsync();
    }

    /// <summary>Returns the exit code when the process has ended.</summary>
    public async Task<int> WaitUntilEndedAsync()
    {
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Eventually.Patience, TestContext.Current.CancellationToken);
        return _process.ExitCode;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_start.StopsInGoodOrder && !_process.HasExited)
        {
            await SignalAsync();
            await _process.WaitForExitAsync(CancellationToken.None).WaitAsync(TimeSpan.FromMinutes(1)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

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
        if (!_serving.Task.IsCompleted || _start.LogFile is not null)
        {
            Assert.False(_process.HasExited, $"The worker ended before it was ready: {Output}");
        }

        if (!_serving.Task.IsCompleted)
        {
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
