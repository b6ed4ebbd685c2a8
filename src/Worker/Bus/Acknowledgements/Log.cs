namespace Gateway.Worker.Bus.Acknowledgements;

/// <summary>What the acknowledgements tell operators.</summary>
internal static partial class Log
{
    [LoggerMessage(8110, LogLevel.Debug, "The channel closed before its last messages were acknowledged; they come again")]
    public static partial void NotAcknowledged(ILogger logger, Exception exception);
}
