namespace Gateway.Persistence.Search;

/// <summary>Everything that a text names.</summary>
/// <param name="Things">What was found.</param>
/// <param name="NotSearched">What was not looked at, and why, a sentence each.</param>
public sealed record FoundThings(IReadOnlyList<Found> Things, IReadOnlyList<string> NotSearched);
