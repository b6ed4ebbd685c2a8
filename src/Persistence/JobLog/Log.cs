using Microsoft.Extensions.Logging;

namespace Gateway.Persistence.JobLog;

/// <summary>What the job log tells operators.</summary>
internal static partial class Log
{
    [LoggerMessage(501, LogLevel.Warning, "Attempts cannot be recorded; they wait, and so do their messages")]
    public static partial void RecordsWait(this ILogger logger, Exception exception);

    [LoggerMessage(502, LogLevel.Information, "Attempts are recorded again after {Seconds:F1} s")]
    public static partial void RecordsCaughtUp(this ILogger logger, double seconds);

    [LoggerMessage(503, LogLevel.Error, "{Refusal}: {Error}")]
    public static partial void RecordRefused(this ILogger logger, string refusal, string error);

    [LoggerMessage(504, LogLevel.Warning, "Stopped with {Waiting} attempts not recorded; their messages return to the queue")]
    public static partial void RecordsAbandoned(this ILogger logger, int waiting);
}
