namespace Gateway.Worker.Servers;

/// <summary>What the servers at hand tell operators: RabbitMQ, PostgreSQL and Redis.</summary>
internal static partial class Log
{
    [LoggerMessage(8201, LogLevel.Warning, "Waiting for {Server} at {Address}: {Reason}")]
    public static partial void Waiting(ILogger logger, string server, string address, string reason);

    [LoggerMessage(8202, LogLevel.Information, "{Server} at {Address} answers")]
    public static partial void Answers(ILogger logger, string server, string address);

    [LoggerMessage(8203, LogLevel.Error, "{Complaint}")]
    public static partial void Unfit(ILogger logger, string complaint);

    [LoggerMessage(8204, LogLevel.Warning, "The database: {Missing}")]
    public static partial void TablesMissing(ILogger logger, string missing);

    [LoggerMessage(8205, LogLevel.Information, "The database has its tables")]
    public static partial void TablesThere(ILogger logger);

    [LoggerMessage(
        8206,
        LogLevel.Warning,
        "RabbitMQ at {Address} is away: {Reason}. What was in hand comes again; nothing is taken until it answers")]
    public static partial void BrokerAway(ILogger logger, string address, string reason);

    [LoggerMessage(8207, LogLevel.Information, "RabbitMQ at {Address} answers again")]
    public static partial void BrokerBack(ILogger logger, string address);

    [LoggerMessage(8208, LogLevel.Error, "The broker does not let the worker have queue {Queue}: {Refusal}. It is tried again")]
    public static partial void QueueRefused(ILogger logger, string queue, string refusal);

    [LoggerMessage(8209, LogLevel.Information, "The broker lets the worker have queue {Queue}")]
    public static partial void QueueAllowed(ILogger logger, string queue);

    [LoggerMessage(8210, LogLevel.Warning, "{Variable}: the name '{Host}' leads nowhere now: {Reason}")]
    public static partial void NameUnknown(ILogger logger, string variable, string host, string reason);
}
