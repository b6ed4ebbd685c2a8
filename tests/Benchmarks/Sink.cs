using System.Globalization;
using System.Text.RegularExpressions;

namespace Gateway.Benchmarks;

/// <summary>Counts what the merchants received, by nginx's <c>stub_status</c>.</summary>
internal sealed partial class Sink : IDisposable
{
    private readonly HttpClient _client = new() { BaseAddress = BenchmarkEnvironment.SinkStatus };

    private long _offset;

    /// <summary>Counts from here.</summary>
    public async Task ResetAsync(CancellationToken cancellationToken)
    {
        var received = await CountAsync(cancellationToken);
        _offset += received;
    }

    /// <summary>The deliveries received since the last reset.</summary>
    public async Task<long> CountAsync(CancellationToken cancellationToken)
    {
        var page = await _client.GetStringAsync("", cancellationToken);
        var total = long.Parse(Counters().Match(page).Groups["requests"].ValueSpan, CultureInfo.InvariantCulture);
        var count = total - 1 - _offset;
        // The next answer will count this question too.
        _offset++;
        return count;
    }

    public void Dispose() => _client.Dispose();

    // "server accepts handled requests", and below it the three numbers.
    [GeneratedRegex(@"requests\s+\d+ \d+ (?<requests>\d+)")]
    private static partial Regex Counters();
}
