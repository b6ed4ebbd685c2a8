using System.Reflection;
using Gateway.Worker.Hosting;
using OpenTelemetry.Resources;

namespace Gateway.Worker.Telemetry;

/// <summary>What the worker tells of itself: traces, metrics and logs, by OpenTelemetry.</summary>
public static class TelemetrySetup
{
    /// <summary>
    /// Adds traces, metrics and logs. What the exporters need is read from OpenTelemetry's own variables (<c>OTEL_…</c>).
    /// </summary>
    public static WebApplicationBuilder AddTelemetry(this WebApplicationBuilder builder, GatewayOptions options)
    {
        var telemetry = builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService("gateway-worker", serviceVersion: Version))
            .WithMetrics(metrics => metrics.AddGatewayMetrics(options.Metrics, options.Telemetry.SendsMetrics));
        if (options.Telemetry.Collector is not null)
        {
            telemetry.WithTracing(tracing => tracing.AddGatewayTracing());
        }

        builder.Logging.AddGatewayLogs(options.Telemetry.LogFormat);
        return builder;
    }

    private static string? Version =>
        typeof(TelemetrySetup).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;
}
