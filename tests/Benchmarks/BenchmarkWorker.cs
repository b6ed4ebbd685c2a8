using Gateway.Testing.Workers;

namespace Gateway.Benchmarks;

/// <summary>The worker that is measured.</summary>
internal static class BenchmarkWorker
{
    /// <summary>What the table calls it.</summary>
    public static string Name { get; } =
        string.Join(' ', "gateway worker", BenchmarkEnvironment.Optional("BENCH_BUILD")).TrimEnd()
        + (BenchmarkEnvironment.QueueType == "quorum" ? ", quorum queues" : "")
        + (BenchmarkEnvironment.Partitions > 1 ? $", {BenchmarkEnvironment.Partitions} partitions" : "");

    private static string Assembly => BenchmarkEnvironment.Optional("BENCH_WORKER") ?? WorkerCommand.Assembly;

    /// <summary>Brings a database up to date.</summary>
    public static Task MigrateAsync(IEnumerable<KeyValuePair<string, string>> environment, CancellationToken cancellationToken) =>
        WorkerCommand.MigrateAsync(environment, cancellationToken, Assembly);

    /// <summary>Starts the worker and waits until its ready probe is green.</summary>
    public static Task<WorkerProcess> ServeAsync(IEnumerable<KeyValuePair<string, string>> environment) =>
        WorkerProcess.StartAsync(new WorkerStart(environment.Append(new("OPS_URL", BenchmarkEnvironment.Text("BENCH_WORKER_URL"))))
        {
            Assembly = Assembly,
            LogFile = BenchmarkEnvironment.Text("BENCH_WORKER_LOG"),
            StopsInGoodOrder = true,
        });
}
