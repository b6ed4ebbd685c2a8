namespace Gateway.Worker.Dashboard;

internal static partial class Log
{
    [LoggerMessage(2401, LogLevel.Error, "A page of the dashboard could not be shown")]
    public static partial void PageFailed(ILogger logger, Exception exception);

    [LoggerMessage(
        2402,
        LogLevel.Warning,
        "A page of {Origin} asked for the dashboard's WebSocket at {Host} and was refused: let the proxy pass on the Host header, or name "
        + "its host in OPS_ALLOWED_HOSTS")]
    public static partial void ForeignOrigin(ILogger logger, string origin, string host);
}
