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
        if (format == LogFormat.Json)
        {
            // The console itself is the host's: where there is none, as in tests, none is added.
            logging.AddConsoleFormatter<JsonLogFormatter, ConsoleFormatterOptions>();
            logging.Services.Configure<ConsoleLoggerOptions>(console => console.FormatterName = JsonLogFormatter.FormatterName);
        }
        else
        {
            // Unless the environment names another (Logging__Console__FormatterName).
            logging.AddConsoleFormatter<TextLogFormatter, ConsoleFormatterOptions>();
            logging.Services.PostConfigure<ConsoleLoggerOptions>(console =>
                console.FormatterName = string.IsNullOrEmpty(console.FormatterName)
                    ? TextLogFormatter.FormatterName
                    : console.FormatterName);
        }

        return logging;
    }
}
