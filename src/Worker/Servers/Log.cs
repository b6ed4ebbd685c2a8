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

    [LoggerMessage(8210, LogLevel.Warning, "{Variable}: the name '{Host}' leads nowhere now: {Reason}")]
    public static partial void NameUnknown(ILogger logger, string variable, string host, string reason);
}
