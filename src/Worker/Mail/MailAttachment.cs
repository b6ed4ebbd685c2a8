namespace Gateway.Worker.Mail;

/// <summary>A file that comes with a mail.</summary>
/// <param name="FileName">Its name.</param>
/// <param name="MediaType">Such as <c>text/csv; charset=utf-8</c>.</param>
/// <param name="Content">Its bytes.</param>
public sealed record MailAttachment(string FileName, string MediaType, ReadOnlyMemory<byte> Content);
