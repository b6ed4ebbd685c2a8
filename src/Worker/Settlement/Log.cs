namespace Gateway.Worker.Settlement;

/// <summary>What the settlement tells operators.</summary>
internal static partial class Log
{
    [LoggerMessage(6102, LogLevel.Error, "Settlement reports leave out rows that cannot be read: {Rows}")]
    public static partial void LeftOut(ILogger logger, LeftOut rows);
}
