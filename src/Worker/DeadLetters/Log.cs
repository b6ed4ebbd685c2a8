namespace Gateway.Worker.DeadLetters;

/// <summary>What is told of dead letters. Never what a letter says.</summary>
internal static partial class Log
{
    [LoggerMessage(2301, LogLevel.Warning, "Dead letter {LetterId} of job {JobId} stays dead: what it said is not kept any more")]
    public static partial void NothingToRequeue(ILogger logger, Guid letterId, Guid? jobId);

    [LoggerMessage(2302, LogLevel.Warning, "Dead letter {LetterId} stays dead: it cannot be published")]
    public static partial void CannotRequeue(ILogger logger, Guid letterId, Exception exception);
}
