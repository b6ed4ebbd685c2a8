using Gateway.Persistence.Waiting;

namespace Gateway.Worker.Ops.Waiting;

/// <summary>What became of a release.</summary>
/// <param name="Released">Entries that are due now.</param>
/// <param name="OnTheRoad">Entries that match and were on the road already.</param>
/// <param name="HeldByDisabled">Entries that match and stay, because their endpoint is disabled.</param>
/// <param name="HoldsEnded">Merchants who were left alone, because of an open circuit or a Retry-After, and are not any more.</param>
public sealed record ReleaseResponse(int Released, int OnTheRoad, int HeldByDisabled, int HoldsEnded)
{
    /// <summary>Shows an outcome.</summary>
    public static ReleaseResponse From(ReleaseOutcome outcome) =>
        new(outcome.Released, outcome.OnTheRoad, outcome.OfDisabled, outcome.HoldsEnded.Count);
}
