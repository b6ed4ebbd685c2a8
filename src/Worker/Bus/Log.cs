namespace Gateway.Worker.Bus;

internal static partial class Log
{
    [LoggerMessage(8101, LogLevel.Warning, "Messages that go to {Queue} wait until the broker takes them")]
    public static partial void MoveWaits(ILogger logger, string queue, Exception exception);

    [LoggerMessage(8102, LogLevel.Information, "The broker takes messages for the error and skipped queues again")]
    public static partial void MovesGoOn(ILogger logger);
}
