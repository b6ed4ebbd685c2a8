namespace Gateway.Worker.Webhooks.Resending;

/// <summary>What operators are told about webhooks that are sent again.</summary>
internal static partial class Log
{
    [LoggerMessage(
        1023,
        LogLevel.Warning,
        "Recoveries cannot go on ({Failures} tries since this was said last); it is tried again every second")]
    public static partial void RecoveryWaits(ILogger logger, int failures, Exception exception);

    [LoggerMessage(1024, LogLevel.Information, "Recovery {RecoveryId} of merchant {MerchantId} is done: {Sent} webhooks were sent again")]
    public static partial void RecoveryDone(ILogger logger, Guid recoveryId, string merchantId, int sent);
}
