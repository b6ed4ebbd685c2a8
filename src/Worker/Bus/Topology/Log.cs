namespace Gateway.Worker.Bus.Topology;

internal static partial class Log
{
    [LoggerMessage(
        8120, LogLevel.Error, "Queue {Queue} is not as the worker needs it: {Setting} is {Found}, and needed is {Needed}. {Remedy}")]
    public static partial void NotAsNeeded(
        ILogger logger, string queue, string setting, string found, string needed, string remedy);

    [LoggerMessage(8121, LogLevel.Information, "The queues cannot be checked: {Reason}. 'Gateway.Worker topology check' does it later")]
    public static partial void Unchecked(ILogger logger, string reason);
}
