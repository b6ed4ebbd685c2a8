namespace Gateway.Worker.Outbox;

/// <summary>What the outbox tells operators.</summary>
internal static partial class Log
{
    [LoggerMessage(7001, LogLevel.Warning,
        "The outbox cannot publish ({Failures} tries since this was said last) and waits {Seconds} s before it tries again")]
    public static partial void DispatchFailed(ILogger logger, int failures, double seconds, Exception exception);

    [LoggerMessage(7002, LogLevel.Error,
        "Message {Position} of the outbox, {MessageType}, cannot be published and is passed over: {Reason}")]
    public static partial void Unreadable(ILogger logger, long position, string messageType, string reason);

    [LoggerMessage(7003, LogLevel.Warning,
        "The database does not tell of new messages in the outbox ({Failures} tries since this was said last); "
        + "they are looked for instead")]
    public static partial void NotListening(ILogger logger, int failures, Exception exception);

    [LoggerMessage(7004, LogLevel.Error,
        "Message {Position} of the outbox, {MessageType} {MessageId} of {Bytes} bytes, cannot be published now and is set aside: {Reason}")]
    public static partial void Refused(ILogger logger, long position, string messageType, Guid messageId, int bytes, string reason);

    [LoggerMessage(7005, LogLevel.Warning, "The outcome of a batch of the outbox is not kept yet; next try in {Seconds} s")]
    public static partial void NotCompleted(ILogger logger, double seconds, Exception exception);

    [LoggerMessage(7006, LogLevel.Information, "The outbox publishes again")]
    public static partial void DispatchesAgain(ILogger logger);
}
