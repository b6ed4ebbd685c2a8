using System.Reflection;
using OpenTelemetry.Resources;

namespace Gateway.Worker.Telemetry;

/// <summary>What the worker tells of itself: traces, metrics and logs, by OpenTelemetry.</summary>
public static class TelemetrySetup
{
    /// <summary>
    /// Adds traces, metrics and logs. What the exporters need is read from OpenTelemetry's own variables (<c>OTEL_…</c>).
    /// </summary>
    public static WebApplicationBuilder AddTelemetry(
        this WebApplicationBuilder builder, TelemetryOptions options, MetricsOptions metricsOptions)
    {
        var telemetry = builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService("gateway-worker", serviceVersion: Version))
            .WithMetrics(metrics => metrics.AddGatewayMetrics(metricsOptions, options.SendsMetrics));
        if (options.Collector is not null)
        {
            telemetry.WithTracing(tracing => tracing.AddGatewayTracing());
        }

        builder.Logging.AddGatewayLogs(options.LogFormat);
        return builder;
    }

    /// <summary>The version of the worker, with the commit that it was built from.</summary>
    internal static string? Version =>
        typeof(TelemetrySetup).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;
}
