using Gateway.Persistence.Waiting;

namespace Gateway.Worker.Webhooks;

/// <summary>What the webhook feature tells operators.</summary>
internal static partial class Log
{
    [LoggerMessage(
        1001,
        LogLevel.Debug,
        "Webhook {JobId} of merchant {MerchantId} ({Event}) delivered at attempt {Attempt}: {StatusCode} in {DurationMs} ms")]
    public static partial void Delivered(
        ILogger logger, Guid jobId, string merchantId, string @event, int attempt, int? statusCode, int durationMs);

    [LoggerMessage(
        1002,
        LogLevel.Warning,
        "Webhook {JobId} of merchant {MerchantId} ({Event}) failed at attempt {Attempt}: {Reason} {StatusCode} in {DurationMs} ms")]
    public static partial void AttemptFailed(
        ILogger logger, Guid jobId, string merchantId, string @event, int attempt, string reason, int? statusCode, int durationMs);

    [LoggerMessage(1003, LogLevel.Information, "Webhook {JobId} of merchant {MerchantId} ({Event}) skipped: {Reason}")]
    public static partial void Skipped(ILogger logger, Guid jobId, string merchantId, string @event, string reason);

    [LoggerMessage(1004, LogLevel.Error, "Webhook {JobId} of merchant {MerchantId} rejected: {Complaint}")]
    public static partial void Rejected(ILogger logger, Guid jobId, string merchantId, string complaint);

    [LoggerMessage(
        1005,
        LogLevel.Error,
        "Webhook {JobId} of merchant {MerchantId} ({Event}) is a dead letter after {Attempts} attempts: {Reason}")]
    public static partial void DeadLetter(ILogger logger, Guid jobId, string merchantId, string @event, int attempts, string reason);

    [LoggerMessage(1006, LogLevel.Warning, "The endpoint of merchant {MerchantId} is disabled: {Reason}")]
    public static partial void EndpointDisabled(ILogger logger, string merchantId, string reason);

    [LoggerMessage(1007, LogLevel.Warning, "Redis is away: {Trouble}. Deliveries go on without the check for duplicates")]
    public static partial void RedisAway(ILogger logger, string trouble);

    [LoggerMessage(1008, LogLevel.Information, "Redis is back: duplicates are recognised")]
    public static partial void RedisBack(ILogger logger);

    [LoggerMessage(1009, LogLevel.Warning, "The database does not answer: deliveries wait until merchants can be looked up again")]
    public static partial void DirectoryAway(ILogger logger, Exception exception);

    [LoggerMessage(1010, LogLevel.Information, "The database answers again: merchants are looked up")]
    public static partial void DirectoryBack(ILogger logger);

    [LoggerMessage(1020, LogLevel.Debug, "Webhook {JobId} of merchant {MerchantId} ({Event}) waits: {Reason}")]
    public static partial void PutAside(ILogger logger, Guid jobId, string merchantId, string @event, WaitReason reason);

    [LoggerMessage(1021, LogLevel.Warning, "The state of the endpoint of merchant {MerchantId} was not kept; the next attempt tries again")]
    public static partial void HealthNotKept(ILogger logger, string merchantId, Exception exception);

    [LoggerMessage(1022, LogLevel.Information, "Endpoint of merchant {MerchantId} enabled by {Operator}")]
    public static partial void EndpointEnabled(ILogger logger, string merchantId, string @operator);

    [LoggerMessage(
        1023,
        LogLevel.Warning,
        "Recoveries cannot go on ({Failures} tries since this was said last); it is tried again every second")]
    public static partial void RecoveryWaits(ILogger logger, int failures, Exception exception);

    [LoggerMessage(1024, LogLevel.Information, "Recovery {RecoveryId} of merchant {MerchantId} is done: {Sent} webhooks were sent again")]
    public static partial void RecoveryDone(ILogger logger, Guid recoveryId, string merchantId, int sent);

    [LoggerMessage(
        1025,
        LogLevel.Error,
        "Webhook {JobId} of merchant {MerchantId} ({Event}) could not be attempted, by a fault of the worker; it waits {Wait}")]
    public static partial void Faulted(ILogger logger, Guid jobId, string merchantId, string @event, TimeSpan wait, Exception exception);

    [LoggerMessage(1026, LogLevel.Warning, "The database does not tell which endpoints are to be left alone; what was known last holds")]
    public static partial void HoldsNotRead(ILogger logger, Exception exception);

    [LoggerMessage(1027, LogLevel.Warning, "Nothing leaves the waiting room; it is tried again every second")]
    public static partial void ReleaseWaits(ILogger logger, Exception exception);

    [LoggerMessage(1028, LogLevel.Information, "Webhooks leave the waiting room again")]
    public static partial void ReleaseGoesOn(ILogger logger);

    [LoggerMessage(
        1029,
        LogLevel.Error,
        "The waiting webhook {JobId} of merchant {MerchantId} cannot be read by this version and is passed over: {Reason}")]
    public static partial void Unreadable(ILogger logger, Guid jobId, Guid merchantId, string reason);

    [LoggerMessage(
        1032,
        LogLevel.Warning,
        "Webhook {JobId} of merchant {MerchantId} ({Event}) skipped: {Reason}. "
        + "The merchant's webhook_secret cannot be one; docs/webhook-delivery.md says how it is written")]
    public static partial void SecretInvalid(ILogger logger, Guid jobId, string merchantId, string @event, string reason);

    [LoggerMessage(1030, LogLevel.Warning, "{Count} webhooks have not come back from the road and are sent again")]
    public static partial void SentAgain(ILogger logger, int count);

    // What an endpoint answers may be about people and stays in the database; where nothing was answered the words are the worker's own.
    [LoggerMessage(
        1031,
        LogLevel.Warning,
        "Webhook {JobId} of merchant {MerchantId} ({Event}) failed at attempt {Attempt}: {Reason} in {DurationMs} ms. {Detail}")]
    public static partial void AttemptUnanswered(
        ILogger logger, Guid jobId, string merchantId, string @event, int attempt, string reason, int durationMs, string? detail);
}
