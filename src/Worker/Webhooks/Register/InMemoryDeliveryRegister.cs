using System.Collections.Concurrent;

namespace Gateway.Worker.Webhooks.Register;

/// <summary>The register of embedded mode; it forgets everything when the process ends, as the in-memory bus does.</summary>
public sealed class InMemoryDeliveryRegister(TimeProvider time) : IDeliveryRegister
{
    private const int SweepEvery = 10_000;

    private readonly ConcurrentDictionary<Guid, Entry> _entries = new();
    private int _claims;

    /// <inheritdoc/>
    public Task<Claim> ClaimAsync(Guid deliveryId, int attempt, bool isRedelivered)
    {
        var now = time.GetUtcNow();
        if (Interlocked.Increment(ref _claims) % SweepEvery == 0)
        {
            ForgetExpired(now);
        }

        var mine = new Entry(null, now + RedisDeliveryRegister.FailedFor);
        var winner = _entries.AddOrUpdate(deliveryId, mine, (_, before) => Stays(before) ? before : mine);
        return Task.FromResult(winner switch
        {
            _ when winner == mine => Claim.Free,
            { Mark: { } made } => new Claim(IsHeldByOther: false, made),
            _ => isRedelivered ? Claim.Free : Claim.Held,
        });

        bool Stays(Entry before) =>
            before.Until > now && (before.Mark is not { } made || Claim.IsSettledBy(made, attempt, isRedelivered));
    }

    /// <inheritdoc/>
    public void Remember(Guid deliveryId, AttemptMark mark) =>
        _entries[deliveryId] = new Entry(mark, time.GetUtcNow() + RedisDeliveryRegister.DeliveredFor);

    /// <inheritdoc/>
    public Task ForgetAsync(Guid deliveryId, bool evenDelivered)
    {
        if (_entries.TryGetValue(deliveryId, out var entry) && (evenDelivered || entry.Mark?.Result.Outcome != AttemptOutcome.Succeeded))
        {
            _entries.TryRemove(KeyValuePair.Create(deliveryId, entry));
        }

        return Task.CompletedTask;
    }

    private void ForgetExpired(DateTimeOffset now)
    {
        foreach (var (id, entry) in _entries)
        {
            if (entry.Until <= now)
            {
                _entries.TryRemove(KeyValuePair.Create(id, entry));
            }
        }
    }

    // A class, so that two claims made in the same instant are still two.
    private sealed class Entry(AttemptMark? mark, DateTimeOffset until)
    {
        public AttemptMark? Mark { get; } = mark;

        public DateTimeOffset Until { get; } = until;
    }
}
