namespace Gateway.Persistence.DeadLetters;

/// <summary>The letters of a queue with which nobody has dealt.</summary>
/// <param name="Queue">The queue.</param>
/// <param name="Count">How many letters there are.</param>
/// <param name="OldestAt">UTC; when the oldest of them died.</param>
public sealed record DeadLetterCount(string Queue, long Count, DateTime OldestAt);
