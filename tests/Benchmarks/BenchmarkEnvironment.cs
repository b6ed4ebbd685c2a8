using System.Globalization;

namespace Gateway.Benchmarks;

/// <summary>What bench.sh sets.</summary>
internal static class BenchmarkEnvironment
{
    /// <summary>How many deliveries are measured.</summary>
    public static int Count => Number("BENCH_COUNT");

    /// <summary>How many deliveries come before those, so that the JIT's work is not measured.</summary>
    public static int WarmUp => Number("BENCH_WARMUP");

    /// <summary>How many deliveries are made at once.</summary>
    public static int Concurrency => Number("BENCH_CONCURRENCY");

    /// <summary>The merchant's endpoint: the sink's port, and <c>/fast</c>, <c>/slow</c> or <c>/failing</c>.</summary>
    public static Uri Merchant => new(Text("BENCH_SINK"));

    /// <summary>nginx's <c>stub_status</c> page.</summary>
    public static Uri SinkStatus => new(Text("BENCH_SINK_STATUS"));

    /// <summary>The type of the worker's queues: <c>classic</c> or <c>quorum</c>.</summary>
    public static string QueueType => Optional("BENCH_QUEUE_TYPE") ?? "classic";

    /// <summary>Over how many queues the worker's first attempts are spread.</summary>
    public static int Partitions => int.Parse(Optional("BENCH_PARTITIONS") ?? "1", CultureInfo.InvariantCulture);

    public static string Text(string variable) => Optional(variable) ?? throw new InvalidOperationException($"{variable} is not set: run ./bench.sh");

    public static string? Optional(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value ? value : null;

    public static int Number(string variable) => int.Parse(Text(variable), CultureInfo.InvariantCulture);
}
