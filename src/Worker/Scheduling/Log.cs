namespace Gateway.Worker.Scheduling;

/// <summary>What the schedules tell operators.</summary>
internal static partial class Log
{
    [LoggerMessage(4001, LogLevel.Information, "{Schedule}: tick {Tick:O} published as job {JobId}")]
    public static partial void Published(ILogger logger, string schedule, DateTimeOffset tick, Guid jobId);

    [LoggerMessage(4002, LogLevel.Warning, "{Schedule}: tick {Tick:O} is not published yet ({Failures} tries since this was said last)")]
    public static partial void NotPublished(ILogger logger, string schedule, DateTimeOffset tick, int failures, Exception exception);

    [LoggerMessage(4003, LogLevel.Error,
        "The schedules cannot be set up ({Failures} tries since this was said last); next try in {Seconds} s")]
    public static partial void NotSetUp(ILogger logger, int failures, double seconds, Exception exception);

    [LoggerMessage(4004, LogLevel.Error,
        "{Schedule}: the workers are configured differently. This one: {Own}. Others: {Others}. What holds: {Agreed}")]
    public static partial void Differs(ILogger logger, string schedule, string own, string others, string agreed);

    [LoggerMessage(4005, LogLevel.Information, "{Schedule}: all workers are configured alike again: {Agreed}")]
    public static partial void DiffersNoMore(ILogger logger, string schedule, string agreed);

    [LoggerMessage(4006, LogLevel.Information, "{Schedule}: tick {Tick:O} was missed before the schedule was changed, and is made up for")]
    public static partial void MadeUp(ILogger logger, string schedule, DateTimeOffset tick);

    [LoggerMessage(4007, LogLevel.Debug, "The others learn only in half a minute that this worker's schedules have stopped")]
    public static partial void NotLeft(ILogger logger, Exception exception);
}
