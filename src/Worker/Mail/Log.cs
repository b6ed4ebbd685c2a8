namespace Gateway.Worker.Mail;

/// <summary>What the mails tell operators.</summary>
internal static partial class Log
{
    [LoggerMessage(6001, LogLevel.Information, "Mail {MailId} was taken by the server for {Recipients} recipients")]
    public static partial void Sent(ILogger logger, string mailId, int recipients);

    [LoggerMessage(6002, LogLevel.Debug, "The mail server took the mail and did not say goodbye")]
    public static partial void NotDisconnected(ILogger logger, Exception exception);

    [LoggerMessage(6003, LogLevel.Error, "Mail {MailId} went to the other operators; the server refuses {Refused}. Is OPS_EMAIL right?")]
    public static partial void Refused(ILogger logger, string mailId, string refused);
}
