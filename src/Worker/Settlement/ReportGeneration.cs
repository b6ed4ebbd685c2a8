using System.Text.Json.Serialization;

namespace Gateway.Worker.Settlement;

/// <summary>A generation of a day's report.</summary>
/// <param name="Generation">The number of the generation, from 1.</param>
/// <param name="GeneratedAt">UTC; when it was written.</param>
/// <param name="IsCorrection">Whether it tells what has changed since the one before it.</param>
/// <param name="MailedAt">UTC; when the mail server had taken its mail; null before.</param>
/// <param name="MailRefused">Why the mail server refused its mail for good.</param>
public sealed record ReportGeneration(
    [property: JsonPropertyName("generation")] int Generation,
    [property: JsonPropertyName("generated_at")] DateTime GeneratedAt,
    [property: JsonPropertyName("is_correction")] bool IsCorrection,
    [property: JsonPropertyName("mailed_at")] DateTime? MailedAt,
    [property: JsonPropertyName("mail_refused")] string? MailRefused);
