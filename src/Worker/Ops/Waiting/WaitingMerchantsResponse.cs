using Gateway.Persistence.Waiting;

namespace Gateway.Worker.Ops.Waiting;

/// <summary>Merchants for whom webhooks wait.</summary>
/// <param name="Merchants">The merchants, the one with most entries first.</param>
public sealed record WaitingMerchantsResponse(IReadOnlyList<WaitingMerchantResponse> Merchants)
{
    /// <summary>Shows merchants.</summary>
    public static WaitingMerchantsResponse From(IReadOnlyList<MerchantWaiting> merchants) =>
        new([.. merchants.Select(WaitingMerchantResponse.From)]);
}
