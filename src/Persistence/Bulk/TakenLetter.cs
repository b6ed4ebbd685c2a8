using Gateway.Persistence.DeadLetters;
using Gateway.Persistence.JobLog;

namespace Gateway.Persistence.Bulk;

/// <summary>A letter of a <see cref="RequeueBatch"/>.</summary>
/// <param name="Letter">The letter.</param>
/// <param name="Webhook">What a webhook said whose attempts ended; null for others, and when it is not kept any more.</param>
/// <param name="Round">The latest round of its job that the job log knows (<see cref="JobRun.Round"/>).</param>
public sealed record TakenLetter(DeadLetter Letter, KeptWebhook? Webhook, short Round)
{
    /// <summary>The id alone: a payload must not get into a log.</summary>
    public override string ToString() => Letter.ToString();
}
