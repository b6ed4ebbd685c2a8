namespace Gateway.Persistence.Waiting;

/// <summary>What became of a release.</summary>
/// <param name="Released">Entries that are due now.</param>
/// <param name="OnTheRoad">Entries that match and were on the road already.</param>
/// <param name="OfDisabled">Entries that match and stay, because their endpoint is disabled.</param>
/// <param name="HoldsEnded">Merchants who were left alone and are not any more.</param>
public sealed record ReleaseOutcome(int Released, int OnTheRoad, int OfDisabled, IReadOnlyList<Guid> HoldsEnded);
