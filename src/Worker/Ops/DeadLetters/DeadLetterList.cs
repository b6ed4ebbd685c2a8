namespace Gateway.Worker.Ops.DeadLetters;

/// <summary>A page of dead letters.</summary>
/// <param name="DeadLetters">The letters.</param>
/// <param name="Cursor">Where the next page starts; null when this is the last.</param>
public sealed record DeadLetterList(IReadOnlyList<DeadLetterResponse> DeadLetters, string? Cursor);
