namespace Gateway.Worker.Mail;

/// <summary>The mail server did not take a mail. It may be sent again.</summary>
/// <param name="message">Which server, and what it said; no password.</param>
/// <param name="innerException">The cause.</param>
public sealed class MailFailedException(string message, Exception innerException) : Exception(message, innerException);
