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

    /// <summary>How long an endpoint is left alone after so many probes have failed one after another.</summary>
    public TimeSpan BreakAfter(int failedProbes)
    {
        var wait = FirstBreak * Math.Pow(3, Math.Clamp(failedProbes, 0, 10));
        return wait < LongestBreak ? wait : LongestBreak;
    }

    /// <summary>Reads the options; complaints go to <paramref name="settings"/>.</summary>
    public static IsolationOptions Read(Settings settings)
    {
        var defaults = new IsolationOptions();
        return new IsolationOptions
        {
            Concurrency = settings.Number("WEBHOOK_MERCHANT_CONCURRENCY", defaults.Concurrency, 1, 10_000),
            HasCircuitBreaker = settings.Flag("WEBHOOK_CIRCUIT_BREAKER", defaults.HasCircuitBreaker),
            FirstBreak = settings.Duration(
                "WEBHOOK_CIRCUIT_BREAK", defaults.FirstBreak, TimeSpan.FromMilliseconds(500), TimeSpan.FromMinutes(10)),
        };
    }
}
