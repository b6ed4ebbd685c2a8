using Gateway.Persistence.Waiting;

namespace Gateway.Worker.Ops.Waiting;

/// <summary>What became of a cancellation.</summary>
/// <param name="Cancelled">Entries that are gone.</param>
/// <param name="OnTheRoad">Entries that match and are left, because they are on the road.</param>
/// <param name="HasMore">Whether there may be more that match: ask again.</param>
public sealed record CancelResponse(int Cancelled, int OnTheRoad, bool HasMore)
{
    /// <summary>Shows an outcome.</summary>
    public static CancelResponse From(CancelOutcome outcome) => new(outcome.Cancelled, outcome.OnTheRoad, outcome.HasMore);
}
