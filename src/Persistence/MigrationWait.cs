namespace Gateway.Persistence;

/// <summary>A migration waits because another process migrates the same database.</summary>
/// <param name="Waited">How long it has waited.</param>
/// <param name="Longest">How long it will wait at most.</param>
/// <param name="Holders">For whom it waits; empty when the other one has just finished.</param>
public sealed record MigrationWait(TimeSpan Waited, TimeSpan Longest, IReadOnlyList<LockHolder> Holders);
