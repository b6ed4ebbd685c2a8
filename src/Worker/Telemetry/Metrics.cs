using OpenTelemetry.Metrics;

namespace Gateway.Worker.Telemetry;

/// <summary>Metrics: for Prometheus at <c>/metrics</c>, and by OTLP when <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> names a collector.</summary>
internal static class Metrics
{
    // The library keeps 2,000 series of each instrument, too few where each merchant has some.
    private const int MerchantSeries = 10_000;

    // Fine where a release is in time, which is within a second; up to the hours that a database may be away.
    private static readonly double[] LatenessBounds =
    [
        0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.75, 1, 1.5, 2, 3, 5, 7.5, 10, 15, 20, 30, 60,
        120, 300, 600, 1_800, 3_600, 14_400,
    ];

    /// <summary>Adds the instruments and the exporters.</summary>
    public static MeterProviderBuilder AddGatewayMetrics(this MeterProviderBuilder metrics, MetricsOptions options, bool isSent)
    {
        metrics.AddMeter("Gateway.Worker").AddRuntimeInstrumentation().AddPrometheusExporter();
        metrics.AddView("gateway.waiting.lateness", new ExplicitBucketHistogramConfiguration { Boundaries = LatenessBounds });
        if (options.HasMerchantLabel)
        {
            metrics.AddView("gateway.webhook.attempts", new MetricStreamConfiguration { CardinalityLimit = MerchantSeries });
        }

        return isSent ? metrics.AddOtlpExporter() : metrics;
    }

    /// <summary>Begins to measure. Counters that are set to zero when the bus is made would be lost if that began with the host.</summary>
    public static void StartMetrics(this WebApplication app) => app.Services.GetRequiredService<MeterProvider>();
}
