using System.Text.Json;

namespace Gateway.Benchmarks;

/// <summary>One measured run of one peer: a line of the results file.</summary>
internal sealed record Result
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>Who delivered.</summary>
    public required string Peer { get; init; }

    /// <summary>How the merchant answers: <c>fast</c>, <c>slow</c> (after 50 ms) or <c>failing</c> (500).</summary>
    public required string Merchant { get; init; }

    /// <summary>How many deliveries were made at once.</summary>
    public required int Concurrency { get; init; }

    /// <summary>How many deliveries were measured.</summary>
    public required int Count { get; init; }

    /// <summary>How long they took.</summary>
    public required double Seconds { get; init; }

    /// <summary>The CPU time that the deliverer used for them, user and system.</summary>
    public required double CpuSeconds { get; init; }

    /// <summary>The CPU time that its servers used meanwhile, by the server's name.</summary>
    public IReadOnlyDictionary<string, double> ServerCpuSeconds { get; init; } = new Dictionary<string, double>();

    /// <summary>How many of them failed.</summary>
    public int Failed { get; init; }

    /// <summary>How many requests the merchants received beyond one for each delivery.</summary>
    public int Repeated { get; init; }

    /// <summary>The most memory that the deliverer held at once, in MB of resident set; 0 where it was not measured.</summary>
    public double PeakMegabytes { get; init; }

    /// <summary>The median time from publishing to receipt, in milliseconds; 0 where it was not measured.</summary>
    public double MedianMilliseconds { get; init; }

    /// <summary>The 99th percentile of the same.</summary>
    public double P99Milliseconds { get; init; }

    /// <summary>From the start of the process until its ready probe is green; 0 where it was not measured.</summary>
    public double ReadyMilliseconds { get; init; }

    /// <summary>From the start of the process until the merchant has a webhook that waited; 0 where it was not measured.</summary>
    public double FirstDeliveryMilliseconds { get; init; }

    /// <summary>The resident set 10 s later, with nothing to do, in MB; 0 where it was not measured.</summary>
    public double IdleMegabytes { get; init; }

    /// <summary>What of it is no mapped file, which the kernel could drop and share: heaps, stacks and compiled code, in MB.</summary>
    public double IdlePrivateMegabytes { get; init; }

    /// <summary>What the waiting room holds and costs; null where it was not measured.</summary>
    public WaitingFigures? Waiting { get; init; }

    public void Print() => Console.WriteLine(JsonSerializer.Serialize(this, Json));

    public static IReadOnlyList<Result> ReadAll(string file) =>
        [.. File.ReadLines(file).Where(line => line.Length > 0).Select(line => JsonSerializer.Deserialize<Result>(line, Json)!)];
}
