using Npgsql;
using OpenTelemetry.Trace;

namespace Gateway.Worker.Telemetry;

/// <summary>Traces: one from the publisher through the queue and every attempt to what became of the job.</summary>
internal static class Tracing
{
    /// <summary>The name of the worker's own source of spans.</summary>
    public const string SourceName = "Gateway.Worker";

    /// <summary>Adds the sources and the exporter.</summary>
    public static TracerProviderBuilder AddGatewayTracing(this TracerProviderBuilder tracing) => tracing
        .AddSource("MassTransit", "System.Net.Http", SourceName)
        .AddAspNetCoreInstrumentation(web => web.Filter = IsWorthASpan)
        .AddNpgsql()
        .AddProcessor(new SpanRules())
        .AddOtlpExporter();

    // Probes and scrapes come every few seconds.
    private static bool IsWorthASpan(HttpContext request) =>
        !request.Request.Path.StartsWithSegments("/healthz") && !request.Request.Path.StartsWithSegments("/metrics");
}
