namespace Gateway.Worker.Jobs;

/// <summary>What the jobs tell operators.</summary>
internal static partial class Log
{
    [LoggerMessage(3001, LogLevel.Information, "{JobType} {JobId} done at attempt {Attempt}: {Result}")]
    public static partial void Done(ILogger logger, string jobType, Guid jobId, int attempt, string result);

    [LoggerMessage(3002, LogLevel.Warning, "{JobType} {JobId} failed at attempt {Attempt}: {Reason}")]
    public static partial void Failed(ILogger logger, string jobType, Guid jobId, int attempt, string reason, Exception exception);

    [LoggerMessage(3003, LogLevel.Information, "{JobType} {JobId} is done already and not run again")]
    public static partial void AlreadyDone(ILogger logger, string jobType, Guid jobId);

    [LoggerMessage(3004, LogLevel.Information, "{Count} old jobs were removed from the job log")]
    public static partial void Removed(ILogger logger, long count);

    [LoggerMessage(3005, LogLevel.Warning, "What is old was not removed, or not all of it; in an hour it is tried again")]
    public static partial void NotRemoved(ILogger logger, Exception exception);
}
