using Gateway.Contracts;
using Gateway.Persistence.DeadLetters;
using Gateway.Persistence.JobLog;
using Gateway.Persistence.Outbox;
using Gateway.Persistence.Waiting;
using Gateway.Persistence.Webhooks;

namespace Gateway.Persistence.Recording;

/// <summary>
/// What one step of a job leaves in the database: committed together, or not at all. Where there is a <see cref="Run"/> that is there
/// already, nothing of the rest is written again.
/// </summary>
public sealed record JobRecord
{
    /// <summary>The attempt; null for what is put aside without one.</summary>
    public JobRun? Run { get; init; }

    /// <summary>What becomes of the webhook's entry in the waiting room.</summary>
    public WaitingStep? Waiting { get; init; }

    /// <summary>The letter, when the job is dead.</summary>
    public DeadLetter? Letter { get; init; }

    /// <summary>Messages for the outbox.</summary>
    public IReadOnlyList<OutboxMessage> Messages { get; init; } = [];

    /// <summary>What the saga is told. The attempts of one commit are one message.</summary>
    public WebhookAttemptRecorded? Attempt { get; init; }

    /// <summary>What changes about the merchant's endpoint.</summary>
    public EndpointChange? Endpoint { get; init; }

    /// <summary>The merchant whose endpoint the attempt has shown to work, where it may have been known to fail; null for none.</summary>
    public Guid? WorkingEndpoint { get; init; }

    /// <summary>Whether it is a run alone, which is a COPY without a transaction.</summary>
    internal bool IsRunAlone =>
        Run is { Webhook: null } && Waiting is null && Letter is null && Messages.Count == 0 && Attempt is null && Endpoint is null
        && WorkingEndpoint is null;

    /// <summary>About how many bytes it takes to keep and to send.</summary>
    internal int Size =>
        (Waiting?.Bytes ?? 0) + (Run?.Webhook?.Payload.Length ?? 0) + (Letter?.Body?.Length ?? 0)
        + Messages.Sum(static message => message.Body.Length);

    /// <summary>
    /// What is left to write when some runs are there already: all; or, for a run that is repeated, that its webhook waits no more; or
    /// nothing.
    /// </summary>
    /// <param name="newRuns">
    /// The runs that were not there; this one is taken out, so that of two records with one run the first counts.
    /// </param>
    internal JobRecord? IfMissing(ISet<Guid> newRuns) => this switch
    {
        { Run: null } => this,
        _ when newRuns.Remove(Run.RunId) => this,
        // It is done, whoever recorded that: the entry of a second message goes too.
        { Waiting: WaitingStep.Leave leave } => new JobRecord { Waiting = leave },
        { Waiting: { ReleaseId: not null } waiting } =>
            new JobRecord { Waiting = new WaitingStep.EndLease(waiting.Key) { ReleaseId = waiting.ReleaseId, Rank = waiting.Rank } },
        _ => null,
    };

    /// <summary>The record with text that a database takes.</summary>
    /// <exception cref="ArgumentException">A time is not UTC.</exception>
    internal JobRecord Storable()
    {
        var run = Run?.Storable();
        return ReferenceEquals(run, Run) ? this : this with { Run = run };
    }
}
