namespace Gateway.Worker.Bus;

internal static partial class Log
{
    [LoggerMessage(8101, LogLevel.Warning, "Messages that go to {Queue} wait until the broker takes them")]
    public static partial void MoveWaits(ILogger logger, string queue, Exception exception);

    [LoggerMessage(8102, LogLevel.Information, "The broker takes messages for the error and skipped queues again")]
    public static partial void MovesGoOn(ILogger logger);

    [LoggerMessage(8103, LogLevel.Error, "RabbitMQ takes no messages: {Alarms}. What it has is delivered; what is to be published waits until it is over")]
    public static partial void InAlarm(ILogger logger, string alarms);

    [LoggerMessage(8104, LogLevel.Information, "RabbitMQ takes messages again")]
    public static partial void AlarmIsOver(ILogger logger);
}
