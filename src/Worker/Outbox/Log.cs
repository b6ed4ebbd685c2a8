namespace Gateway.Worker.Outbox;

/// <summary>What the outbox tells operators.</summary>
internal static partial class Log
{
    [LoggerMessage(7001, LogLevel.Warning, "The outbox waits {Seconds} s before it tries again")]
    public static partial void DispatchFailed(ILogger logger, double seconds, Exception exception);

    [LoggerMessage(7002, LogLevel.Error, "Message {Position} of the outbox, {MessageType}, cannot be published and is passed over: {Reason}")]
    public static partial void Unreadable(ILogger logger, long position, string messageType, string reason);

    [LoggerMessage(7003, LogLevel.Warning, "The database does not tell of new messages in the outbox; they are looked for instead")]
    public static partial void NotListening(ILogger logger, Exception exception);
}
