using System.Diagnostics;

namespace Gateway.Benchmarks;

/// <summary>A published worker, started as its image starts it: its executable, from its own folder, by a user who is not root and has no capabilities.</summary>
/// <param name="Name">What is special to it.</param>
/// <param name="Folder">Where its files are.</param>
/// <param name="Variables">Environment variables beside those that every worker gets, such as <c>DOTNET_gcConcurrent=0</c>.</param>
internal sealed record PublishedWorker(string Name, string Folder, IReadOnlyList<string> Variables)
{
    // The user of Microsoft's images.
    private const string User = "1654";

    /// <summary>What bench.sh has published: a line for each, as <c>name|folder|VARIABLE=value …</c>.</summary>
    public static IReadOnlyList<PublishedWorker> FromEnvironment() =>
    [
        .. BenchmarkEnvironment.Text("BENCH_PUBLISHED").Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(line => line.Split('|'))
            .Select(parts => new PublishedWorker(parts[0], parts[1], parts[2].Split(' ', StringSplitOptions.RemoveEmptyEntries))),
    ];

    public Process Start(IEnumerable<KeyValuePair<string, string>> environment)
    {
        string[] unprivileged = Environment.IsPrivilegedProcess
            ? ["setpriv", $"--reuid={User}", $"--regid={User}", "--clear-groups", "--no-new-privs", "--bounding-set=-all", "--"]
            : [];
        // The shell opens the log and then becomes the worker.
        var start = new ProcessStartInfo("sh", ["-c", "exec \"$@\" >>\"$BENCH_WORKER_LOG\" 2>&1", "sh", .. unprivileged, Path.Combine(Folder, "Gateway.Worker"), "serve"])
        {
            WorkingDirectory = Folder,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        foreach (var variable in Variables.Select(variable => variable.Split('=', 2)))
        {
            start.Environment[variable[0]] = variable[1];
        }

        return Process.Start(start)!;
    }
}
