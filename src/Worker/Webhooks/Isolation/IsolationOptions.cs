using Gateway.Worker.Configuration;

namespace Gateway.Worker.Webhooks.Isolation;

/// <summary>How much of this process one merchant may have.</summary>
public sealed record IsolationOptions
{
    /// <summary>Attempts to one merchant at once in this process, from 1 (<c>WEBHOOK_MERCHANT_CONCURRENCY</c>).</summary>
    public int Concurrency { get; init; } = 8;

    /// <summary>Whether a merchant that keeps failing is left alone for a while (<c>WEBHOOK_CIRCUIT_BREAKER</c>).</summary>
    public bool HasCircuitBreaker { get; init; } = true;

    /// <summary>
    /// How long a merchant is left alone after its circuit opened (<c>WEBHOOK_CIRCUIT_BREAK</c>); three times as long after each probe that
    /// fails too, up to <see cref="LongestBreak"/>.
    /// </summary>
    public TimeSpan FirstBreak { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The longest time between two probes: thirty times the first.</summary>
    public TimeSpan LongestBreak => FirstBreak * 30;

    /// <summary>The waits of deliveries that are put back because their merchant has no room (<c>WEBHOOK_SNOOZE_DELAYS</c>), the shortest first.</summary>
    public IReadOnlyList<TimeSpan> SnoozeDelays { get; init; } =
    [
        TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(30),
        TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(3), TimeSpan.FromMinutes(6),
    ];

    /// <summary>Reads the options; complaints go to <paramref name="settings"/>.</summary>
    public static IsolationOptions Read(Settings settings)
    {
        var delays = settings.List("WEBHOOK_SNOOZE_DELAYS", "1s,3s,10s,30s,1m,3m,6m", Settings.ParseDuration, "a duration such as 500ms, 10s or 6m");
        if (delays.Count == 0 || delays.Any(d => d < TimeSpan.FromMilliseconds(1) || d > TimeSpan.FromHours(24)) || delays.Zip(delays.Skip(1)).Any(p => p.Second <= p.First))
        {
            settings.Reject("WEBHOOK_SNOOZE_DELAYS", settings.Text("WEBHOOK_SNOOZE_DELAYS", ""), "a list of durations from 1ms to 24h, each longer than the one before");
        }

        return new IsolationOptions
        {
            Concurrency = settings.Number("WEBHOOK_MERCHANT_CONCURRENCY", 8, 1, 10_000),
            HasCircuitBreaker = settings.Flag("WEBHOOK_CIRCUIT_BREAKER", true),
            FirstBreak = settings.Duration("WEBHOOK_CIRCUIT_BREAK", TimeSpan.FromSeconds(10), TimeSpan.FromMilliseconds(500), TimeSpan.FromMinutes(10)),
            SnoozeDelays = delays,
        };
    }
}
