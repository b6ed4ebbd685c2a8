using System.Collections.Concurrent;

namespace Gateway.Worker.Webhooks.Isolation;

/// <summary>The bulkheads of the merchants that had deliveries lately.</summary>
public sealed class MerchantBulkheads(IsolationOptions options, TimeProvider time)
{
    private const int SweepEvery = 4_096;
    private static readonly TimeSpan KeptFor = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<string, MerchantBulkhead> _bulkheads = new(StringComparer.Ordinal);
    private int _made;

    internal int Count => _bulkheads.Count;

    /// <summary>The bulkhead of a merchant. One that was not used for ten minutes may have been forgotten.</summary>
    public MerchantBulkhead GetOrAdd(string merchantId, Uri url)
    {
        if (_bulkheads.TryGetValue(merchantId, out var known) && known.Url == url)
        {
            return known;
        }

        if (Interlocked.Increment(ref _made) % SweepEvery == 0)
        {
            ForgetIdle();
        }

        return _bulkheads.AddOrUpdate(
            merchantId,
            static (_, made) => new MerchantBulkhead(made.Url, made.Options, made.Time),
            static (_, before, made) => before.Url == made.Url ? before : new MerchantBulkhead(made.Url, made.Options, made.Time),
            (Url: url, Options: options, Time: time));
    }

    /// <summary>Starts afresh with a merchant.</summary>
    public void Forget(string merchantId) => _bulkheads.TryRemove(merchantId, out _);

    internal void ForgetIdle()
    {
        foreach (var (merchantId, bulkhead) in _bulkheads)
        {
            if (bulkhead.IsIdleFor(KeptFor))
            {
                _bulkheads.TryRemove(KeyValuePair.Create(merchantId, bulkhead));
            }
        }
    }
}
