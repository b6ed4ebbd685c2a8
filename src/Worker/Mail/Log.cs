namespace Gateway.Worker.Mail;

/// <summary>What the mails tell operators.</summary>
internal static partial class Log
{
    [LoggerMessage(6001, LogLevel.Information, "Mail {MailId} was taken by the server for {Recipients} recipients")]
    public static partial void Sent(ILogger logger, string mailId, int recipients);

    [LoggerMessage(6002, LogLevel.Debug, "The mail server took the mail and did not say goodbye")]
    public static partial void NoGoodbye(ILogger logger, Exception exception);
}
