namespace Gateway.Worker.Scheduling;

/// <summary>What the schedules tell operators.</summary>
internal static partial class Log
{
    [LoggerMessage(4001, LogLevel.Information, "{Schedule}: tick {Tick:O} published as job {JobId}")]
    public static partial void Published(ILogger logger, string schedule, DateTimeOffset tick, Guid jobId);

    [LoggerMessage(4002, LogLevel.Warning, "{Schedule}: tick {Tick:O} is not published yet; next try in {Seconds} s")]
    public static partial void NotPublished(ILogger logger, string schedule, DateTimeOffset tick, double seconds, Exception exception);

    [LoggerMessage(4003, LogLevel.Error, "The schedules cannot start; next try in {Seconds} s")]
    public static partial void NotStarted(ILogger logger, double seconds, Exception exception);
}
