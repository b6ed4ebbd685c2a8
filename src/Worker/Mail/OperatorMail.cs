namespace Gateway.Worker.Mail;

/// <summary>A mail to the operators.</summary>
public sealed record OperatorMail
{
    /// <summary>
    /// Names this mail: the same for every try to send it, so that a mail system that got it twice can tell. ASCII letters, digits,
    /// dots and hyphens; it becomes the left part of the Message-ID (RFC 5322, section 3.6.4).
    /// </summary>
    public required string Id { get; init; }

    /// <summary>The subject.</summary>
    public required string Subject { get; init; }

    /// <summary>What the mail says, as plain text.</summary>
    public required string Text { get; init; }

    /// <summary>The same as HTML, for those who read that.</summary>
    public string? Html { get; init; }

    /// <summary>Files that come with the mail.</summary>
    public IReadOnlyList<MailAttachment> Attachments { get; init; } = [];
}
