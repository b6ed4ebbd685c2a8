namespace Gateway.Worker.Ops.Queues;

/// <summary>What the look at the queues tells operators.</summary>
internal static partial class Log
{
    [LoggerMessage(
        2101,
        LogLevel.Debug,
        "The broker's management API at {Address} does not answer as it should, so the queues are asked one by one: {Error}")]
    public static partial void ManagementAway(ILogger logger, string address, string error);
}
