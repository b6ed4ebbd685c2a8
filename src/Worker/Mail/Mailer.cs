using System.Net.Sockets;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;

namespace Gateway.Worker.Mail;

/// <summary>Sends mails to the operators.</summary>
public sealed class Mailer(MailOptions options, TimeProvider time, ILogger<Mailer> logger)
{
    private static readonly TimeSpan DisconnectTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Whether there is a mail server; without one <see cref="SendAsync"/> must not be called.</summary>
    public bool IsConfigured => options.Host is not null;

    /// <summary>
    /// Returns when the server has taken the mail for every operator (250) whom it does not refuse for good, and whatever happens to the
    /// connection after that. The others are named in the log.
    /// </summary>
    /// <exception cref="MailFailedException">
    /// The server was not reached, took too long, or refused. A server that took the mail and died before it said so has it all the same,
    /// and gets it again with the same Message-ID.
    /// </exception>
    public async Task SendAsync(OperatorMail mail, CancellationToken cancellationToken)
    {
        using var message = Compose(mail);
        using var limit = new CancellationTokenSource(options.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var certificate = new MailCertificate(options);
        using var client = new OperatorsSmtpClient
        {
            CheckCertificateRevocation = options.Revocation != RevocationCheck.Off,
            ServerCertificateValidationCallback = (_, shown, chain, errors) => certificate.IsTrusted(shown, chain, errors),
        };
        try
        {
            await client.ConnectAsync(options.Host!, options.Port, options.Security, either.Token);
            if (options.User is not null)
            {
                await client.AuthenticateAsync(options.User, options.Password, either.Token);
            }

            await client.SendAsync(message, either.Token);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new MailFailedException($"{options}: not sent within {options.Timeout}", exception);
        }
        catch (Exception exception) when (exception
            is SocketException or IOException or CommandException or ProtocolException or SslHandshakeException or AuthenticationException
            or ServiceNotConnectedException or ServiceNotAuthenticatedException or NotSupportedException)
        {
            throw new MailFailedException($"{options}: {certificate.Complaint ?? ReasonOf(exception)}", exception);
        }

        string[] refused = [.. client.Refused];
        if (refused.Length > 0)
        {
            Log.Refused(logger, mail.Id, string.Join("; ", refused));
        }

        Log.Sent(logger, mail.Id, options.To.Count - refused.Length);
        await DisconnectAsync(client);
    }

    /// <summary>Sends the mail, if there is a mail server.</summary>
    /// <returns>Why the server did not take it, for callers who have something to keep before they fail; else null.</returns>
    public async Task<MailFailedException?> TrySendAsync(OperatorMail mail, CancellationToken cancellationToken)
    {
        if (!IsConfigured)
        {
            return null;
        }

        try
        {
            await SendAsync(mail, cancellationToken);
            return null;
        }
        catch (MailFailedException exception)
        {
            return exception;
        }
    }

    private MimeMessage Compose(OperatorMail mail)
    {
        var body = new BodyBuilder { TextBody = mail.Text, HtmlBody = mail.Html };
        foreach (var attachment in mail.Attachments)
        {
            body.Attachments.Add(attachment.FileName, attachment.Content.ToArray(), ContentType.Parse(attachment.MediaType));
        }

        var message = new MimeMessage
        {
            MessageId = $"{mail.Id}@{options.From!.Domain}",
            Date = time.GetUtcNow(),
            Subject = mail.Subject,
            Body = body.ToMessageBody(),
        };
        message.From.Add(options.From);
        message.To.AddRange(options.To);
        return message;
    }

    // The mail is the server's by now: a failure to disconnect must not have it sent again.
    private async Task DisconnectAsync(SmtpClient client)
    {
        using var limit = new CancellationTokenSource(DisconnectTimeout, time);
        try
        {
            await client.DisconnectAsync(quit: true, limit.Token);
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or IOException or ProtocolException)
        {
            Log.NotDisconnected(logger, exception);
        }
    }

    // The server's answer to a log-in could repeat what it was sent.
    private static string ReasonOf(Exception exception) => exception switch
    {
        AuthenticationException => "the server refused SMTP_USER and SMTP_PASSWORD",
        ServiceNotAuthenticatedException => $"the server wants a log-in with SMTP_USER and SMTP_PASSWORD: {exception.Message}",
        SmtpCommandException { Mailbox: { } mailbox } refused =>
            $"the server refused {mailbox.Address}: {(int)refused.StatusCode} {refused.Message}",
        SmtpCommandException refused => $"the server refused the mail: {(int)refused.StatusCode} {refused.Message}",
        _ => exception.Message,
    };
}
