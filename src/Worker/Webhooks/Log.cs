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

    [LoggerMessage(1020, LogLevel.Debug, "Webhook {JobId} of merchant {MerchantId} ({Event}) waits: {Reason}")]
    public static partial void PutAside(ILogger logger, Guid jobId, string merchantId, string @event, WaitReason reason);

    [LoggerMessage(
        1025,
        LogLevel.Error,
        "Webhook {JobId} of merchant {MerchantId} ({Event}) could not be attempted, by a fault of the worker; it waits {Wait}")]
    public static partial void Faulted(ILogger logger, Guid jobId, string merchantId, string @event, TimeSpan wait, Exception exception);

    // What an endpoint answers may be about people and stays in the database; where nothing was answered the words are the worker's own.
    [LoggerMessage(
        1031,
        LogLevel.Warning,
        "Webhook {JobId} of merchant {MerchantId} ({Event}) failed at attempt {Attempt}: {Reason} in {DurationMs} ms. {Detail}")]
    public static partial void AttemptUnanswered(
        ILogger logger, Guid jobId, string merchantId, string @event, int attempt, string reason, int durationMs, string? detail);

    [LoggerMessage(
        1032,
        LogLevel.Warning,
        "Webhook {JobId} of merchant {MerchantId} ({Event}) skipped: {Reason}. "
        + "The merchant's webhook_secret cannot be one; docs/webhook-delivery.md says how it is written")]
    public static partial void SecretInvalid(ILogger logger, Guid jobId, string merchantId, string @event, string reason);
}
