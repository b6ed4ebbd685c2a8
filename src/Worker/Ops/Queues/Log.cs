namespace Gateway.Worker.Ops.Queues;

internal static partial class Log
{
    [LoggerMessage(2101, LogLevel.Debug, "The broker's management API at {Address} does not answer as it should, so the queues are asked one by one: {Error}")]
    public static partial void ManagementAway(ILogger logger, string address, string error);

    [LoggerMessage(2102, LogLevel.Error, "RabbitMQ takes no messages: {Alarms}. What it has is delivered; what is to be published waits until it is over")]
    public static partial void InAlarm(ILogger logger, string alarms);

    [LoggerMessage(2103, LogLevel.Information, "RabbitMQ takes messages again")]
    public static partial void AlarmIsOver(ILogger logger);
}
