using System.Diagnostics;

namespace Gateway.Benchmarks;

/// <summary>The worker as operators run it: a process of its own, configured by its environment.</summary>
internal sealed class WorkerProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromMinutes(1);

    private readonly Process _process;

    private WorkerProcess(Process process) => _process = process;

    public int Id => _process.Id;

    /// <summary>Runs one of the worker's verbs to its end.</summary>
    public static async Task RunAsync(string verb, IEnumerable<KeyValuePair<string, string>> environment, CancellationToken cancellationToken)
    {
        await using var worker = Start(verb, environment);
        await worker._process.WaitForExitAsync(cancellationToken);
        if (worker._process.ExitCode != 0)
        {
            throw new InvalidOperationException($"The worker's {verb} ended with exit code {worker._process.ExitCode}: see {Log}");
        }
    }

    /// <summary>Starts the worker and waits until its ready probe is green.</summary>
    public static async Task<WorkerProcess> ServeAsync(IEnumerable<KeyValuePair<string, string>> environment, CancellationToken cancellationToken)
    {
        var api = BenchmarkEnvironment.Text("BENCH_WORKER_URL");
        var worker = Start("serve", environment.Append(new("OPS_URL", api)));
        try
        {
            using var client = new HttpClient { BaseAddress = new Uri(api) };
            using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
            var start = TimeProvider.System.GetTimestamp();
            while (!await IsReadyAsync(client, cancellationToken))
            {
                if (worker._process.HasExited || TimeProvider.System.GetElapsedTime(start) > StartTimeout)
                {
                    throw new InvalidOperationException($"The worker does not get ready: see {Log}");
                }

                await timer.WaitForNextTickAsync(cancellationToken);
            }

            return worker;
        }
        catch
        {
            await worker.DisposeAsync();
            throw;
        }
    }

    /// <summary>Asks the worker to stop, and kills it when it has not within a minute.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            using var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
            using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
            try
            {
                await _process.WaitForExitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                _process.Kill();
                await _process.WaitForExitAsync(CancellationToken.None);
            }
        }

        _process.Dispose();
    }

    private static string Log => BenchmarkEnvironment.Text("BENCH_WORKER_LOG");

    private static WorkerProcess Start(string verb, IEnumerable<KeyValuePair<string, string>> environment)
    {
        var assembly = BenchmarkEnvironment.Optional("BENCH_WORKER") ?? Path.Combine(AppContext.BaseDirectory, "Gateway.Worker.dll");
        // The shell sends the log to a file and then becomes the worker: reading a pipe here would take CPU from it.
        var start = new ProcessStartInfo("sh", ["-c", "exec \"$0\" \"$@\" >>\"$BENCH_WORKER_LOG\" 2>&1", "dotnet", assembly, verb]);
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return new WorkerProcess(Process.Start(start)!);
    }

    private static async Task<bool> IsReadyAsync(HttpClient client, CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await client.GetAsync("healthz/ready", cancellationToken);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            // Not listening yet: the same as not ready.
            return false;
        }
    }
}
