namespace Gateway.Worker.Ops.Waiting;

/// <summary>What became of a cancellation.</summary>
/// <param name="Cancelled">Entries that are gone.</param>
/// <param name="OnTheRoad">Entries that match and are left, because they are on the road.</param>
/// <param name="HasMore">Whether there may be more that match: ask again.</param>
public sealed record CancelAnswer(int Cancelled, int OnTheRoad, bool HasMore);
