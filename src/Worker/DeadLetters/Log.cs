namespace Gateway.Worker.DeadLetters;

/// <summary>What is told of dead letters. Never what a letter says.</summary>
internal static partial class Log
{
    [LoggerMessage(2301, LogLevel.Warning, "A server does not answer: dead letters wait to be put back")]
    public static partial void RequeueWaits(ILogger logger, Exception exception);

    [LoggerMessage(2302, LogLevel.Information, "Dead letters are put back again")]
    public static partial void RequeueGoesOn(ILogger logger);

    [LoggerMessage(2303, LogLevel.Warning, "Dead letter {LetterId} of job {JobId} stays dead: what it said is not kept any more")]
    public static partial void NothingToRequeue(ILogger logger, Guid letterId, Guid? jobId);

    [LoggerMessage(2304, LogLevel.Warning, "Dead letter {LetterId} stays dead: it cannot be published")]
    public static partial void CannotRequeue(ILogger logger, Guid letterId, Exception exception);
}
