using Gateway.Persistence.Waiting;

namespace Gateway.Worker.Ops.Waiting;

/// <summary>What waits by merchant, the one with most webhooks first.</summary>
public sealed class WaitingByMerchant(WaitingList waiting, TimeProvider time)
    : RecentFigures<IReadOnlyList<MerchantWaiting>>(
        cancellationToken => waiting.ListMerchantsAsync(merchantId: null, WaitingMerchantsQuery.MostMerchants, cancellationToken), time);
