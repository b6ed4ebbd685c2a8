namespace Gateway.Worker.Workers;

/// <summary>What the signs of life tell operators.</summary>
internal static partial class Log
{
    [LoggerMessage(7101, LogLevel.Warning, "The database is away: the other workers cannot be counted, and cannot count this one")]
    public static partial void NoSign(ILogger logger, Exception exception);

    [LoggerMessage(
        7103,
        LogLevel.Warning,
        "This machine's clock is {Seconds} s ahead of the database's: times in logs and signatures are wrong by that much")]
    public static partial void ClockDiffers(ILogger logger, double seconds);

    [LoggerMessage(7102, LogLevel.Debug, "The others learn only in half a minute that this worker has stopped")]
    public static partial void NotRemoved(ILogger logger, Exception exception);
}
