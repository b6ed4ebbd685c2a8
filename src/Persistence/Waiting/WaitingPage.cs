namespace Gateway.Persistence.Waiting;

/// <summary>A page of the waiting room, the soonest first.</summary>
/// <param name="Entries">The entries.</param>
/// <param name="Next">Where the next page starts; null when this is the last.</param>
public sealed record WaitingPage(IReadOnlyList<WaitingEntry> Entries, WaitingCursor? Next);
