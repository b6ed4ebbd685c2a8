using System.Collections.Concurrent;
using Gateway.Persistence.Webhooks;
using Gateway.Worker.Webhooks.Attempts;
using Gateway.Worker.Webhooks.Memory;

namespace Gateway.Worker.Webhooks.Register;

/// <summary>The register of embedded mode; it forgets everything when the process ends, as the in-memory bus does.</summary>
public sealed class InMemoryDeliveryRegister(TimeProvider time) : IDeliveryRegister
{
    private readonly ConcurrentDictionary<DeliveryKey, Entry> _entries = new();
    private readonly Sweeper _sweeper = new();

    /// <inheritdoc/>
    public Task<Claim> ClaimAsync(DeliveryKey delivery, Claimant claimant, bool mayBeRepeated)
    {
        var now = time.GetUtcNow();
        _sweeper.Added(_entries, entry => entry.Until <= now);
        var mine = EntryOf(claimant);
        Claim claim = new Claim.Free();
        var winner = _entries.AddOrUpdate(delivery, mine, (_, before) =>
        {
            claim = Judge(before);
            return claim is Claim.Free ? mine = EntryOf(claimant.After(claim)) : before;
        });
        return Task.FromResult(winner == mine ? claim : Judge(winner));

        Entry EntryOf(Claimant claims) => new(claims, null, now + RedisDeliveryRegister.FailedFor);

        Claim Judge(Entry before) => before switch
        {
            _ when before.Until <= now => new Claim.Free(),
            { Record: { } made } => Claim.After(made, claimant, mayBeRepeated),
            _ => Claim.Beside(before.Claimant, claimant, mayBeRepeated),
        };
    }

    /// <inheritdoc/>
    public Task<bool> IsOtherAsync(DeliveryKey delivery, uint content) =>
        Task.FromResult(
            _entries.TryGetValue(delivery, out var entry)
            && entry.Until > time.GetUtcNow()
            && entry.Claimant.Content != content);

    /// <inheritdoc/>
    public void Remember(DeliveryKey delivery, AttemptRecord record) =>
        _entries[delivery] = new Entry(
            new Claimant(record.Attempt, MessageId: null) { Content = record.Content },
            record,
            time.GetUtcNow() + RedisDeliveryRegister.DeliveredFor);

    /// <inheritdoc/>
    public void GiveUp(DeliveryKey delivery, Claimant claimant)
    {
        if (_entries.TryGetValue(delivery, out var entry) && entry.Record is null && entry.Claimant == claimant)
        {
            _entries.TryRemove(KeyValuePair.Create(delivery, entry));
        }
    }

    /// <inheritdoc/>
    public Task ForgetAsync(DeliveryKey delivery, bool evenDelivered)
    {
        if (_entries.TryGetValue(delivery, out var entry)
            && (evenDelivered || entry.Record is { Result.Outcome: not AttemptOutcome.Succeeded }))
        {
            _entries.TryRemove(KeyValuePair.Create(delivery, entry));
        }

        return Task.CompletedTask;
    }

    // A class, so that two claims made in the same instant are still two.
    private sealed class Entry(Claimant claimant, AttemptRecord? record, DateTimeOffset until)
    {
        public Claimant Claimant { get; } = claimant;

        public AttemptRecord? Record { get; } = record;

        public DateTimeOffset Until { get; } = until;
    }
}
