namespace Gateway.Worker.Webhooks.Partitions;

/// <summary>What operators are told of partitions.</summary>
internal static partial class Log
{
    [LoggerMessage(
        1041,
        LogLevel.Error,
        "Queue {Queue} is not spread over {Partitions} partitions, and all goes through it alone: {Refusal}. "
        + "RabbitMQ needs its plug-in for that: 'rabbitmq-plugins enable rabbitmq_random_exchange' at each node")]
    public static partial void NotSpread(ILogger logger, string queue, int partitions, string refusal);

    [LoggerMessage(1042, LogLevel.Information, "Queue {Queue} is spread over {Partitions} partitions now")]
    public static partial void IsSpread(ILogger logger, string queue, int partitions);

    [LoggerMessage(1043, LogLevel.Information, "Partition {Partition} is no longer used: its {Moved} messages are in {Queue}")]
    public static partial void Emptied(ILogger logger, string partition, long moved, string queue);
}
