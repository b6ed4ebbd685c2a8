namespace Gateway.Worker.Payments;

/// <summary>What the expiry of payments tells operators.</summary>
internal static partial class Log
{
    [LoggerMessage(6101, LogLevel.Error, "Payment {PaymentId} is due and cannot be expired; the others are: {Reason}")]
    public static partial void Refused(ILogger logger, Guid paymentId, string reason);
}
