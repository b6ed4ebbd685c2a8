using Gateway.Worker.Configuration;

namespace Gateway.Worker.Telemetry;

/// <summary>What the worker tells of itself, and how.</summary>
public sealed record TelemetryOptions
{
    /// <summary>
    /// Where traces and metrics are sent to (<c>OTEL_EXPORTER_OTLP_ENDPOINT</c>); null when nowhere, and then no span is made.
    /// </summary>
    public required Uri? Collector { get; init; }

    /// <summary>Whether metrics are sent to the collector too, and not only kept for Prometheus (<c>OTEL_METRICS_EXPORTER</c>).</summary>
    public required bool SendsMetrics { get; init; }

    /// <summary>How a log line looks (<c>LOG_FORMAT</c>).</summary>
    public required LogFormat LogFormat { get; init; }

    /// <summary>
    /// Reads the options; complaints go to <paramref name="settings"/>. The exporters read OpenTelemetry's own variables (<c>OTEL_…</c>)
    /// besides.
    /// </summary>
    public static TelemetryOptions Read(Settings settings)
    {
        var text = settings.Text("OTEL_EXPORTER_OTLP_ENDPOINT", "");
        Uri? collector = null;
        if (text.Length > 0 && (!Uri.TryCreate(text, UriKind.Absolute, out collector) || collector.Scheme is not ("http" or "https")))
        {
            settings.Reject(
                "OTEL_EXPORTER_OTLP_ENDPOINT",
                text,
                "an address such as http://localhost:4317 (gRPC) or http://localhost:4318 (HTTP)");
        }

        settings.Choice("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc", "grpc", "http/protobuf");
        return new TelemetryOptions
        {
            Collector = collector,
            SendsMetrics = settings.Choice("OTEL_METRICS_EXPORTER", "otlp", "otlp", "none") == "otlp" && collector is not null,
            LogFormat = settings.Choice("LOG_FORMAT", Console.IsOutputRedirected ? "json" : "text", "json", "text") == "json"
                ? LogFormat.Json
                : LogFormat.Text,
        };
    }
}
