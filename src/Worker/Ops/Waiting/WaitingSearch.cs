using Gateway.Persistence.Waiting;

namespace Gateway.Worker.Ops.Waiting;

/// <summary>Finds the webhooks that wait for an attempt.</summary>
public sealed class WaitingSearch(WaitingList waiting)
{
    /// <summary>One page, the soonest first.</summary>
    public Task<WaitingPage> FindAsync(WaitingQuery query, CancellationToken cancellationToken) =>
        waiting.ListAsync(query.Filter, query.After, query.Count, cancellationToken);

    /// <summary>What waits by merchant, the one with most webhooks first.</summary>
    public Task<IReadOnlyList<MerchantWaiting>> FindMerchantsAsync(WaitingMerchantsQuery query, CancellationToken cancellationToken) =>
        waiting.ListMerchantsAsync(query.MerchantId, query.Count, cancellationToken);
}
