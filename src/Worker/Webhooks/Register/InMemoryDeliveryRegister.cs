using System.Collections.Concurrent;

namespace Gateway.Worker.Webhooks.Register;

/// <summary>The register of embedded mode; it forgets everything when the process ends, as the in-memory bus does.</summary>
public sealed class InMemoryDeliveryRegister(TimeProvider time) : IDeliveryRegister
{
    private const int SweepEvery = 10_000;

    private readonly ConcurrentDictionary<Guid, Entry> _entries = new();
    private int _claims;

    /// <inheritdoc/>
    public Task<Claim> ClaimAsync(Guid deliveryId, bool isRedelivered)
    {
        var now = time.GetUtcNow();
        if (Interlocked.Increment(ref _claims) % SweepEvery == 0)
        {
            ForgetExpired(now);
        }

        var mine = new Entry(null, now + RedisDeliveryRegister.FailedFor);
        var winner = _entries.AddOrUpdate(deliveryId, mine, (_, before) => before.Until <= now ? mine : before);
        var claim = winner == mine || (winner.Mark is null && isRedelivered)
            ? Claim.Free
            : new Claim(IsHeldByOther: winner.Mark is null, winner.Mark);
        return Task.FromResult(claim);
    }

    /// <inheritdoc/>
    public void Remember(Guid deliveryId, AttemptMark mark) =>
        _entries[deliveryId] = new Entry(mark, time.GetUtcNow() + RedisDeliveryRegister.DeliveredFor);

    /// <inheritdoc/>
    public void Release(Guid deliveryId) => _entries.TryRemove(deliveryId, out _);

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
