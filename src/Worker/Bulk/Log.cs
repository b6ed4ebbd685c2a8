using Gateway.Persistence.Bulk;

namespace Gateway.Worker.Bulk;

/// <summary>What operators are told about bulk jobs.</summary>
internal static partial class Log
{
    [LoggerMessage(
        2601,
        LogLevel.Warning,
        "Bulk job {BulkJobId} ({Kind}) cannot go on ({Failures} tries since this was said last); it is tried again every second")]
    public static partial void BulkWaits(ILogger logger, BulkKind kind, Guid bulkJobId, int failures, Exception exception);

    [LoggerMessage(
        2604,
        LogLevel.Warning,
        "The list of bulk jobs cannot be read ({Failures} tries since this was said last); it is tried again every second")]
    public static partial void BulkUnknown(ILogger logger, int failures, Exception exception);

    [LoggerMessage(2602, LogLevel.Information, "Bulk jobs go on")]
    public static partial void BulkGoesOn(ILogger logger);

    [LoggerMessage(2603, LogLevel.Information, "Bulk job {BulkJobId} ({Kind}) is at its end: {Done} of {Total}")]
    public static partial void BulkDone(ILogger logger, BulkKind kind, Guid bulkJobId, int done, int total);
}
