using Microsoft.Extensions.Logging.Console;

namespace Gateway.Worker.Telemetry;

/// <summary>Logs: readable at a terminal, else one JSON object a line.</summary>
internal static class Logs
{
    /// <summary>Chooses the format.</summary>
    public static ILoggingBuilder AddGatewayLogs(this ILoggingBuilder logging, LogFormat format)
    {
        // The host would add ids of spans and connections to every line, also at a terminal.
        logging.Configure(factory => factory.ActivityTrackingOptions = ActivityTrackingOptions.None);
        return format == LogFormat.Json
            ? logging.AddConsole(console => console.FormatterName = JsonLogFormatter.FormatterName).AddConsoleFormatter<JsonLogFormatter, ConsoleFormatterOptions>()
            : logging;
    }
}
