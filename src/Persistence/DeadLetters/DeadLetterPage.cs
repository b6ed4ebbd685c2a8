using Gateway.Persistence.JobLog;

namespace Gateway.Persistence.DeadLetters;

/// <summary>A page of dead letters.</summary>
/// <param name="Letters">The letters.</param>
/// <param name="Next">Where the next page starts; null when this is the last.</param>
public sealed record DeadLetterPage(IReadOnlyList<StoredLetter> Letters, JobCursor? Next);
