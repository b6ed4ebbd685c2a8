using MailKit.Net.Smtp;
using MimeKit;

namespace Gateway.Worker.Mail;

/// <summary>
/// Sends a mail to those whom the server takes it for, and remembers whom it refused for good (5xx). A refusal that may pass fails the
/// mail.
/// </summary>
internal sealed class OperatorsSmtpClient : SmtpClient
{
    private const int FirstPermanentRefusal = 500;

    private readonly List<SmtpCommandException> _refusals = [];

    /// <summary>Those whom the server refused, with its words.</summary>
    public IEnumerable<string> Refused =>
        _refusals.Select(refusal => $"{refusal.Mailbox!.Address}: {(int)refusal.StatusCode} {refusal.Message}");

    /// <inheritdoc/>
    protected override void OnRecipientNotAccepted(MimeMessage message, MailboxAddress mailbox, SmtpResponse response)
    {
        var refusal = new SmtpCommandException(SmtpErrorCode.RecipientNotAccepted, response.StatusCode, mailbox, response.Response);
        if ((int)response.StatusCode < FirstPermanentRefusal)
        {
            throw refusal;
        }

        _refusals.Add(refusal);
    }

    /// <inheritdoc/>
    protected override void OnNoRecipientsAccepted(MimeMessage message) => throw _refusals[0];
}
