namespace Gateway.Worker.Webhooks.Waiting;

/// <summary>What operators are told about the waiting room.</summary>
internal static partial class Log
{
    [LoggerMessage(1027, LogLevel.Warning, "Nothing leaves the waiting room; it is tried again every second")]
    public static partial void ReleaseWaits(ILogger logger, Exception exception);

    [LoggerMessage(1028, LogLevel.Information, "Webhooks leave the waiting room again")]
    public static partial void ReleaseGoesOn(ILogger logger);

    [LoggerMessage(
        1029,
        LogLevel.Error,
        "The waiting webhook {JobId} of merchant {MerchantId} cannot be read by this version and is passed over: {Reason}")]
    public static partial void Unreadable(ILogger logger, Guid jobId, Guid merchantId, string reason);

    [LoggerMessage(1030, LogLevel.Warning, "{Count} webhooks have not come back from the road and are sent again")]
    public static partial void SentAgain(ILogger logger, int count);
}
