using System.Globalization;

namespace Gateway.Benchmarks;

/// <summary>The servers' processes, which <c>BENCH_SERVERS</c> lists as <c>name=pid</c>, separated by blanks.</summary>
internal static class ServerProcesses
{
    /// <summary>Reads something of each of them, by the server's name.</summary>
    public static IReadOnlyDictionary<string, double> Read(Func<int, double> ofProcess) => BenchmarkEnvironment.Text("BENCH_SERVERS")
        .Split(' ', StringSplitOptions.RemoveEmptyEntries)
        .Select(server => server.Split('=', 2))
        .ToDictionary(server => server[0], server => ofProcess(int.Parse(server[1], CultureInfo.InvariantCulture)));
}
