namespace Gateway.Worker.Webhooks.Endpoints;

/// <summary>What operators are told about endpoints.</summary>
internal static partial class Log
{
    [LoggerMessage(1006, LogLevel.Warning, "The endpoint of merchant {MerchantId} is disabled: {Reason}")]
    public static partial void EndpointDisabled(ILogger logger, string merchantId, string reason);

    [LoggerMessage(1009, LogLevel.Warning, "The database does not answer: deliveries wait until merchants can be looked up again")]
    public static partial void DirectoryAway(ILogger logger, Exception exception);

    [LoggerMessage(1010, LogLevel.Information, "The database answers again: merchants are looked up")]
    public static partial void DirectoryBack(ILogger logger);

    [LoggerMessage(1021, LogLevel.Warning, "The state of the endpoint of merchant {MerchantId} was not kept; the next attempt tries again")]
    public static partial void HealthNotKept(ILogger logger, string merchantId, Exception exception);

    [LoggerMessage(1022, LogLevel.Information, "Endpoint of merchant {MerchantId} enabled by {Operator}")]
    public static partial void EndpointEnabled(ILogger logger, string merchantId, string @operator);

    [LoggerMessage(1026, LogLevel.Warning, "The database does not tell which endpoints are to be left alone; what was known last holds")]
    public static partial void HoldsNotRead(ILogger logger, Exception exception);
}
