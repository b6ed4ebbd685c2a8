namespace Gateway.Worker.Ops.DeadLetters;

/// <summary>Letters of one queue, the oldest first.</summary>
/// <param name="DeadLetters">The letters.</param>
/// <param name="HasMore">Whether there are more than the limit let through.</param>
public sealed record DeadLetterPage(IReadOnlyList<DeadLetter> DeadLetters, bool HasMore);
