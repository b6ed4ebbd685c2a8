using System.Reflection;
using Gateway.Worker.Configuration;
using OpenTelemetry.Resources;

namespace Gateway.Worker.Telemetry;

/// <summary>What the worker tells of itself: traces, metrics and logs, by OpenTelemetry.</summary>
public static class TelemetrySetup
{
    /// <summary>Adds traces and metrics. What the exporters need is read from OpenTelemetry's own variables (<c>OTEL_…</c>).</summary>
    public static WebApplicationBuilder AddTelemetry(this WebApplicationBuilder builder, GatewayOptions options)
    {
        builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService("gateway-worker", serviceVersion: Version))
            .WithTracing(tracing => tracing.AddGatewayTracing(builder.Configuration))
            .WithMetrics(metrics => metrics.AddGatewayMetrics(options.Metrics, builder.Configuration));
        builder.Logging.AddGatewayLogs();
        return builder;
    }

    private static string? Version => typeof(TelemetrySetup).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;
}
