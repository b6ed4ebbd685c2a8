using Gateway.Persistence.JobLog;

namespace Gateway.Persistence.DeadLetters;

/// <summary>A letter with what else is known of its job.</summary>
/// <param name="Letter">The letter. A body that is larger than <see cref="DeadLetterStore.LargestShown"/> is left out.</param>
/// <param name="Webhook">What a webhook said whose attempts ended; null for others, and when it is not kept any more.</param>
/// <param name="Runs">The job's runs; the last says where it stands.</param>
public sealed record StoredLetter(DeadLetter Letter, KeptWebhook? Webhook, IReadOnlyList<JobRun> Runs)
{
    /// <summary>The id alone: a payload must not get into a log.</summary>
    public override string ToString() => Letter.ToString();
}
