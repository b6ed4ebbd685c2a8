using Gateway.Worker.Configuration;

namespace Gateway.Worker.Telemetry;

/// <summary>Who may scrape, and what is measured.</summary>
public sealed record MetricsOptions
{
    /// <summary>Whether <c>/metrics</c> answers without a key (<c>METRICS_OPEN</c>).</summary>
    public bool IsOpen { get; init; }

    /// <summary>Whether <c>gateway.webhook.attempts</c> tells whose webhook it was (<c>METRICS_MERCHANT_LABEL</c>).</summary>
    public bool HasMerchantLabel { get; init; }

    /// <summary>How often broker and database are asked for their figures (<c>METRICS_INTERVAL</c>).</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Reads the options; complaints go to <paramref name="settings"/>.</summary>
    public static MetricsOptions Read(Settings settings) => new()
    {
        IsOpen = settings.Flag("METRICS_OPEN", false),
        HasMerchantLabel = settings.Flag("METRICS_MERCHANT_LABEL", false),
        Interval = settings.Duration(
            "METRICS_INTERVAL", new MetricsOptions().Interval, TimeSpan.FromMilliseconds(200), TimeSpan.FromMinutes(5)),
    };
}
