namespace Gateway.Worker.Ops.DeadLetters;

/// <summary>How many letters a change would be about.</summary>
/// <param name="Count">The letters.</param>
public sealed record DeadLettersCount(int Count);
