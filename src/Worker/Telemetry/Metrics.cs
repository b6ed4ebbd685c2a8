using OpenTelemetry.Metrics;

namespace Gateway.Worker.Telemetry;

/// <summary>Metrics: for Prometheus at <c>/metrics</c>, and by OTLP when <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> names a collector.</summary>
internal static class Metrics
{
    /// <summary>Adds the instruments and the exporters.</summary>
    public static MeterProviderBuilder AddGatewayMetrics(this MeterProviderBuilder metrics, IConfiguration configuration)
    {
        metrics.AddMeter("Gateway.Worker").AddRuntimeInstrumentation().AddPrometheusExporter();
        return string.IsNullOrWhiteSpace(configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]) ? metrics : metrics.AddOtlpExporter();
    }
}
