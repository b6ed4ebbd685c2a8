namespace Gateway.Worker.Telemetry.Polling;

/// <summary>What the figures that are asked for at intervals tell operators.</summary>
internal static partial class Log
{
    [LoggerMessage(9501, LogLevel.Warning, "The metrics of {Figures} have no value until they can be read again: {Error}")]
    public static partial void NotMeasured(ILogger logger, string figures, string error);

    [LoggerMessage(9502, LogLevel.Information, "The metrics of {Figures} are read again")]
    public static partial void MeasuredAgain(ILogger logger, string figures);
}
