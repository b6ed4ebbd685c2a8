namespace Gateway.Worker.Ops.Waiting;

/// <summary>Merchants for whom webhooks wait.</summary>
/// <param name="Merchants">The merchants, the one with most entries first.</param>
public sealed record WaitingMerchantsAnswer(IReadOnlyList<WaitingMerchantAnswer> Merchants);
