namespace Gateway.Worker.Gate;

/// <summary>What the queues tell operators.</summary>
internal static partial class Log
{
    [LoggerMessage(9001, LogLevel.Information, "Queue {Queue} is {Change}")]
    public static partial void PauseChanged(ILogger logger, string queue, string change);

    [LoggerMessage(9002, LogLevel.Warning, "The pauses of queues cannot be read; what was read last holds")]
    public static partial void PausesNotRead(ILogger logger, Exception exception);

    [LoggerMessage(9003, LogLevel.Warning, "Queue {Queue} cannot {Change} at the broker yet; it is tried again every second")]
    public static partial void PauseNotFollowed(ILogger logger, string queue, string change, Exception exception);
}
