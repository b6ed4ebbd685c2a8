using System.Collections.Concurrent;
using Gateway.Worker.Webhooks.Memory;

namespace Gateway.Worker.Webhooks.Isolation;

/// <summary>The bulkheads of the merchants that had deliveries lately.</summary>
public sealed class MerchantBulkheads(IsolationOptions options, TimeProvider time)
{
    private static readonly TimeSpan KeptFor = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<string, MerchantBulkhead> _bulkheads = new(StringComparer.Ordinal);
    private readonly Sweeper _sweeper = new();

    internal int Count => _bulkheads.Count;

    /// <summary>The bulkhead of a merchant. One that was not used for ten minutes may have been forgotten.</summary>
    public MerchantBulkhead GetOrAdd(string merchantId, Uri url)
    {
        if (_bulkheads.TryGetValue(merchantId, out var known) && known.Url == url)
        {
            return known;
        }

        _sweeper.Added(_bulkheads, IsIdle);
        return _bulkheads.AddOrUpdate(
            merchantId,
            static (_, made) => new MerchantBulkhead(made.Url, made.Options, made.Time),
            static (_, before, made) => before.Url == made.Url ? before : new MerchantBulkhead(made.Url, made.Options, made.Time),
            (Url: url, Options: options, Time: time));
    }

    /// <summary>Starts afresh with a merchant.</summary>
    public void Forget(string merchantId) => _bulkheads.TryRemove(merchantId, out _);

    internal void ForgetIdle() => _sweeper.Sweep(_bulkheads, IsIdle);

    private static bool IsIdle(MerchantBulkhead bulkhead) => bulkhead.IsIdleFor(KeptFor);
}
