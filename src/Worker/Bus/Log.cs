namespace Gateway.Worker.Bus;

/// <summary>What the bus tells operators.</summary>
internal static partial class Log
{
    [LoggerMessage(8101, LogLevel.Warning, "Messages that go to {Queue} wait until the broker takes them")]
    public static partial void MoveWaits(ILogger logger, string queue, Exception exception);

    [LoggerMessage(8102, LogLevel.Information, "The broker takes messages for the error and skipped queues again")]
    public static partial void MovesGoOn(ILogger logger);

    [LoggerMessage(
        8105,
        LogLevel.Error,
        "Queue {Queue} exists with other arguments than the worker needs, so nothing is taken from it: {Refusal}. "
        + "Move its messages elsewhere and delete it, and the worker declares it itself. 'Gateway.Worker topology check' tells of all")]
    public static partial void DeclaredOtherwise(ILogger logger, string queue, string refusal);

    [LoggerMessage(8106, LogLevel.Information, "Queue {Queue} is as the worker needs it, and is taken from")]
    public static partial void DeclaredWell(ILogger logger, string queue);

    [LoggerMessage(
        8103,
        LogLevel.Error,
        "RabbitMQ takes no messages: {Alarms}. What it has is delivered; what is to be published waits until it is over")]
    public static partial void InAlarm(ILogger logger, string alarms);

    [LoggerMessage(8104, LogLevel.Information, "RabbitMQ takes messages again")]
    public static partial void AlarmIsOver(ILogger logger);

    [LoggerMessage(
        8107,
        LogLevel.Warning,
        "RabbitMQ at {Address} is away: {Reason}. What was in hand comes again; nothing is taken until it answers")]
    public static partial void BrokerAway(ILogger logger, string address, string reason);

    [LoggerMessage(8108, LogLevel.Information, "RabbitMQ at {Address} answers again")]
    public static partial void BrokerBack(ILogger logger, string address);

    [LoggerMessage(8109, LogLevel.Error, "The broker does not let the worker have queue {Queue}: {Refusal}. It is tried again")]
    public static partial void QueueRefused(ILogger logger, string queue, string refusal);

    [LoggerMessage(8111, LogLevel.Information, "The broker lets the worker have queue {Queue}")]
    public static partial void QueueAllowed(ILogger logger, string queue);

    [LoggerMessage(
        8112,
        LogLevel.Error,
        "What is published to one may never be taken from another: {Complaint}. Let the node join (same Erlang cookie and version), or "
        + "take it out of RABBITMQ_HOST")]
    public static partial void SeveralClusters(ILogger logger, string complaint);

    [LoggerMessage(8113, LogLevel.Information, "It is no longer so that {Complaint}")]
    public static partial void OneCluster(ILogger logger, string complaint);
}
