using MimeKit;

namespace Gateway.Integration.Tests.Mail;

/// <summary>A mail that the server took.</summary>
public sealed record TakenMail(string From, IReadOnlyList<string> To, MimeMessage Message);
