using OpenTelemetry.Metrics;

namespace Gateway.Worker.Telemetry;

/// <summary>Metrics: for Prometheus at <c>/metrics</c>, and by OTLP when <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> names a collector.</summary>
internal static class Metrics
{
    // The library keeps 2,000 series of each instrument, too few where each merchant has some.
    private const int MerchantSeries = 10_000;

    /// <summary>Adds the instruments and the exporters.</summary>
    public static MeterProviderBuilder AddGatewayMetrics(this MeterProviderBuilder metrics, MetricsOptions options, bool isSent)
    {
        metrics.AddMeter("Gateway.Worker").AddRuntimeInstrumentation().AddPrometheusExporter();
        if (options.HasMerchantLabel)
        {
            metrics.AddView("gateway.webhook.attempts", new MetricStreamConfiguration { CardinalityLimit = MerchantSeries });
        }

        return isSent ? metrics.AddOtlpExporter() : metrics;
    }

    /// <summary>Begins to measure. Counters that are set to zero when the bus is made would be lost if that began with the host.</summary>
    public static void StartMetrics(this WebApplication app) => app.Services.GetRequiredService<MeterProvider>();
}
