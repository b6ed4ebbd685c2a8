namespace Gateway.Worker.Ops.Jobs;

/// <summary>What the jobs API tells operators.</summary>
internal static partial class Log
{
    [LoggerMessage(2001, LogLevel.Error, "Job {JobId} was not published: the broker did not confirm it")]
    public static partial void NotPublished(ILogger logger, Guid jobId, Exception exception);
}
