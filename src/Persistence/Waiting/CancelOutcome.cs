namespace Gateway.Persistence.Waiting;

/// <summary>What became of a cancellation.</summary>
/// <param name="Cancelled">Entries that are gone.</param>
/// <param name="OnTheRoad">Entries that match and are left, because their messages are on the road.</param>
/// <param name="HasMore">Whether the limit was reached, so that there may be more that match.</param>
public sealed record CancelOutcome(int Cancelled, int OnTheRoad, bool HasMore);
