using MailKit.Net.Smtp;

namespace Gateway.Worker.Mail;

/// <summary>The mail server did not take a mail. It may be sent again.</summary>
/// <param name="message">Which server, and what it said; no password.</param>
/// <param name="innerException">The cause.</param>
public sealed class MailFailedException(string message, Exception innerException) : Exception(message, innerException)
{
    /// <summary>Whether the server answered and refused, so that it may take another mail.</summary>
    public bool IsRefused => InnerException is SmtpCommandException;

    /// <summary>Whether it refused what the mail says for good (RFC 5321, section 4.2.1: 5yz), so that it would refuse it again.</summary>
    public bool IsForGood =>
        InnerException is SmtpCommandException { ErrorCode: SmtpErrorCode.MessageNotAccepted, StatusCode: >= (SmtpStatusCode)500 };
}
