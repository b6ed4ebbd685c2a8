namespace Gateway.Worker.Webhooks.Register;

/// <summary>What operators are told about the register.</summary>
internal static partial class Log
{
    [LoggerMessage(1007, LogLevel.Warning, "Redis is away: {Trouble}. Deliveries go on without the check for duplicates")]
    public static partial void RedisAway(ILogger logger, string trouble);

    [LoggerMessage(1008, LogLevel.Information, "Redis is back: duplicates are recognised")]
    public static partial void RedisBack(ILogger logger);
}
