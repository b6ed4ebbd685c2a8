using Gateway.Persistence.Waiting;

namespace Gateway.Worker.Ops.Waiting;

/// <summary>Finds the webhooks that wait for an attempt.</summary>
public sealed class WaitingSearch(WaitingList waiting, WaitingByMerchant byMerchant)
{
    /// <summary>One page, the soonest first.</summary>
    public Task<WaitingPage> FindAsync(WaitingQuery query, CancellationToken cancellationToken) =>
        waiting.ListAsync(query.Filter, query.After, query.Count, cancellationToken);

    /// <summary>What waits by merchant, the one with most first; of all merchants as it was a short while ago.</summary>
    public async Task<IReadOnlyList<MerchantWaiting>> FindMerchantsAsync(
        WaitingMerchantsQuery query, CancellationToken cancellationToken) =>
        query.MerchantId is { } merchantId
            ? await waiting.ListMerchantsAsync(merchantId, query.Count, cancellationToken)
            : [.. (await byMerchant.ReadAsync(cancellationToken)).Take(query.Count)];
}
