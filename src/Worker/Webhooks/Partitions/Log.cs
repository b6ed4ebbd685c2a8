namespace Gateway.Worker.Webhooks.Partitions;

/// <summary>What operators are told of partitions.</summary>
internal static partial class Log
{
    [LoggerMessage(
        1041,
        LogLevel.Error,
        "Queue {Queue} is not spread over {Partitions} partitions, and all goes through it alone: {Refusal}. {Remedy}")]
    public static partial void NotSpread(ILogger logger, string queue, int partitions, string refusal, string remedy);

    [LoggerMessage(1042, LogLevel.Information, "Queue {Queue} is spread over {Partitions} partitions now")]
    public static partial void IsSpread(ILogger logger, string queue, int partitions);

    [LoggerMessage(1043, LogLevel.Information, "Nobody takes from partition {Partition} any more: {Moved} of its messages go to {Queue}")]
    public static partial void Emptied(ILogger logger, string partition, long moved, string queue);

    [LoggerMessage(1044, LogLevel.Information, "Partition {Partition} is empty and deleted")]
    public static partial void Deleted(ILogger logger, string partition);

    [LoggerMessage(1045, LogLevel.Error, "Nothing goes to partition {Partition}, which cannot be declared: {Refusal}")]
    public static partial void PartitionLeftOut(ILogger logger, string partition, string refusal);
}
