namespace Gateway.Benchmarks;

/// <summary>The CPU time of the servers.</summary>
internal static class ServerCpu
{
    public static IReadOnlyDictionary<string, double> Read() => ServerProcesses.Read(ProcessTree.ReadCpuSeconds);

    public static IReadOnlyDictionary<string, double> Since(IReadOnlyDictionary<string, double> start) =>
        Read().ToDictionary(server => server.Key, server => server.Value - start[server.Key]);
}
