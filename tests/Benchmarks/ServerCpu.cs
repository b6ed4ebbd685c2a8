using System.Globalization;

namespace Gateway.Benchmarks;

/// <summary>The CPU time of the servers that <c>BENCH_SERVERS</c> lists as <c>name=pid</c>, separated by blanks.</summary>
internal static class ServerCpu
{
    public static IReadOnlyDictionary<string, double> Read() => BenchmarkEnvironment.Text("BENCH_SERVERS")
        .Split(' ', StringSplitOptions.RemoveEmptyEntries)
        .Select(server => server.Split('=', 2))
        .ToDictionary(server => server[0], server => ProcessTree.ReadCpuSeconds(int.Parse(server[1], CultureInfo.InvariantCulture)));

    public static IReadOnlyDictionary<string, double> Since(IReadOnlyDictionary<string, double> start) =>
        Read().ToDictionary(server => server.Key, server => server.Value - start[server.Key]);
}
