namespace Gateway.Worker.Ops.Search;

/// <summary>What a text names.</summary>
/// <param name="Hits">What was found; empty when nothing was.</param>
/// <param name="NotSearched">What was not looked at, and why.</param>
public sealed record SearchResponse(IReadOnlyList<SearchHit> Hits, IReadOnlyList<string> NotSearched);
