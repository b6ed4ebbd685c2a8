namespace Gateway.Worker.Ops.Access;

/// <summary>What the trail of changes tells operators when it cannot be written.</summary>
internal static partial class Log
{
    [LoggerMessage(2201, LogLevel.Error, "{Action} is not done, because it cannot be written down")]
    public static partial void NotWrittenDown(ILogger logger, string action, Exception exception);

    [LoggerMessage(2202, LogLevel.Error, "The outcome of the operator's action {ActionId} is not written down: {StatusCode} {Outcome}")]
    public static partial void OutcomeNotWrittenDown(ILogger logger, Guid actionId, int statusCode, string? outcome, Exception exception);
}
