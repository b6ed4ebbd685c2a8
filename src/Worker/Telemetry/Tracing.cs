using Npgsql;
using OpenTelemetry.Trace;

namespace Gateway.Worker.Telemetry;

/// <summary>Traces: one from the publisher through the queue and every attempt to what became of the job.</summary>
internal static class Tracing
{
    /// <summary>Adds the sources, and the exporter when <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> names one. Without it no span is made.</summary>
    public static TracerProviderBuilder AddGatewayTracing(this TracerProviderBuilder tracing, IConfiguration configuration) =>
        string.IsNullOrWhiteSpace(configuration["OTEL_EXPORTER_OTLP_ENDPOINT"])
            ? tracing
            : tracing
                .AddSource("MassTransit")
                .AddAspNetCoreInstrumentation()
                .AddHttpClientInstrumentation()
                .AddNpgsql()
                .AddOtlpExporter();
}
