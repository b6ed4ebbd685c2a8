using Gateway.Contracts;
using Gateway.Persistence.DeadLetters;
using Gateway.Persistence.JobLog;
using Gateway.Persistence.Outbox;
using Gateway.Persistence.Waiting;
using Gateway.Persistence.Webhooks;

namespace Gateway.Persistence.Recording;

/// <summary>
/// What a commit writes beside the runs, sorted by table, each in the one order that keeps two workers from waiting for each other
/// crosswise.
/// </summary>
internal sealed class RecordsOfCommit
{
    // Messages of one worker keep their order; those of two need not wait for each other.
    private static readonly string AttemptsKey = $"webhook_attempts {Guid.CreateVersion7():N}";

    // After an outage each of a thousand successes in a second is a recovery.
    private static readonly string Recovered = typeof(WebhookRecovered).FullName!;
    private static readonly string RecoveredKey = $"webhooks_recovered {Guid.CreateVersion7():N}";

    private readonly HashSet<WaitingWebhook> _turnedAway = [];

    public RecordsOfCommit(IReadOnlyList<JobRecord> records, DateTime now)
    {
        Now = now;
        Kept =
        [
            .. records.Where(r => r.Run?.Webhook is not null).Select(r => r.Run!)
                .DistinctBy(run => (run.JobId, run.Webhook!.MerchantId)).OrderBy(run => run.JobId),
        ];
        Letters =
        [
            .. records.Select(r => r.Letter).OfType<DeadLetter>()
                .DistinctBy(letter => letter.LetterId).OrderBy(letter => letter.LetterId),
        ];
        Endpoints =
        [
            .. records.Select(r => r.Endpoint).OfType<EndpointChange>()
                .GroupBy(change => (change.MerchantId, change.GetType())).Select(Strongest).OrderBy(change => change.MerchantId),
        ];
        WorkingEndpoints = [.. records.Select(r => r.WorkingEndpoint).OfType<Guid>().Distinct().Order()];
        Messages = [.. records.SelectMany(r => r.Messages)];
        if (Messages.FindAll(message => message.MessageType == Recovered) is { Count: > 1 } recovered)
        {
            Messages.RemoveAll(message => message.MessageType == Recovered);
            Messages.Add(BundledMessage.Bundle(recovered, RecoveredKey));
        }

        WebhookAttemptRecorded[] attempts = [.. records.Select(r => r.Attempt).OfType<WebhookAttemptRecorded>()];
        if (attempts.Length > 0)
        {
            Messages.Add(OutboxMessage.Create(
                new WebhookAttemptsRecorded { Attempts = attempts }, Guid.CreateVersion7(now), AttemptsKey, mustArrive: false, now));
        }

        WaitingStep[] steps = [.. records.Select(r => r.Waiting).OfType<WaitingStep>()];
        if (steps.Length == 0)
        {
            return;
        }

        // What goes back is there already. Were it not, because somebody made its message up, it would be lost.
        Entering =
        [
            .. steps.Select(step => (
                    Entry: (step as WaitingStep.Enter)?.Entry ?? (step as WaitingStep.GoBack)?.Entry!,
                    IsBack: step is WaitingStep.GoBack))
                .Where(entering => entering.Entry is not null)
                .GroupBy(entering => (entering.Entry.DeliveryId, entering.Entry.MerchantId))
                .Select(same => same.MaxBy(entering => (entering.Entry.Round, entering.Entry.Attempt)))
                .OrderBy(entering => entering.Entry.DeliveryId),
        ];
        _turnedAway = [.. steps.OfType<WaitingStep.Enter>().Select(step => step.Entry).Except(Entering.Select(entering => entering.Entry))];
        GoingBack = [.. steps.OfType<WaitingStep.GoBack>().Where(step => step.ReleaseId is not null).DistinctBy(step => step.Key)];
        Leaving =
        [
            .. steps.Select(step => step switch
            {
                WaitingStep.Leave => (step.Key, Round: short.MaxValue, Attempt: int.MaxValue),
                WaitingStep.Past past => (past.Key, past.Round, past.Attempt),
                _ => default,
            }).Where(leaving => leaving.Attempt > 0).Distinct().OrderBy(leaving => leaving.Key.DeliveryId),
        ];
        LeasesEnding =
        [
            .. steps.Where(step => step.ReleaseId is not null)
                // Whoever has recorded the attempt ends every lease of it; who has not ends its own.
                .Select(step => (step.Key, ReleaseId: step is WaitingStep.Enter or WaitingStep.Leave ? null : step.ReleaseId))
                .OrderBy(lease => lease.Key.DeliveryId),
        ];
        Merchants =
        [
            .. steps.GroupBy(step => step.Key.MerchantId)
                .Select(ofOne => (
                    MerchantId: ofOne.Key,
                    NextAt: ofOne.All(step => NextAt(step) is not null) ? ofOne.Min(NextAt) : null,
                    ofOne.Last().Rank))
                .OrderBy(merchant => merchant.MerchantId),
        ];
    }

    /// <summary>When it is written, UTC, by this process's clock.</summary>
    public DateTime Now { get; }

    public IReadOnlyList<JobRun> Kept { get; }

    public IReadOnlyList<DeadLetter> Letters { get; }

    public List<OutboxMessage> Messages { get; }

    public IReadOnlyList<EndpointChange> Endpoints { get; }

    /// <summary>Merchants whose endpoints work, and fail no more if they did.</summary>
    public IReadOnlyList<Guid> WorkingEndpoints { get; }

    /// <summary>Entries that come. One that goes back and whose attempt is recorded came too late, and does not.</summary>
    public IReadOnlyList<(WaitingWebhook Entry, bool IsBack)> Entering { get; } = [];

    public IReadOnlyList<WaitingStep.GoBack> GoingBack { get; } = [];

    /// <summary>Entries that go if they wait for no later attempt.</summary>
    public IReadOnlyList<(DeliveryKey Key, short Round, int Attempt)> Leaving { get; } = [];

    public IReadOnlyList<(DeliveryKey Key, Guid? ReleaseId)> LeasesEnding { get; } = [];

    /// <summary>Merchants at whom a release looks next; null is at once, by the clock of the database, which decides what is due.</summary>
    public IReadOnlyList<(Guid MerchantId, DateTime? NextAt, short Rank)> Merchants { get; } = [];

    /// <summary>What could not enter the waiting room, because another one of this commit or of an earlier one has its place.</summary>
    public IReadOnlySet<WaitingWebhook> TurnedAway => _turnedAway;

    /// <summary>Notes that what comes finds its place taken.</summary>
    public void TurnAway(DeliveryKey key) =>
        _turnedAway.UnionWith(Entering.Where(entering => !entering.IsBack && entering.Entry.Key == key).Select(entering => entering.Entry));

    // What was on the road leaves room there for what waits behind it.
    private static DateTime? NextAt(WaitingStep step) => step is WaitingStep.Enter { ReleaseId: null } enter ? enter.Entry.DueAt : null;

    private static EndpointChange Strongest(IEnumerable<EndpointChange> ofOneKind) =>
        ofOneKind.MaxBy(change => change is EndpointChange.Hold hold ? hold.Until : change.At)!;
}
