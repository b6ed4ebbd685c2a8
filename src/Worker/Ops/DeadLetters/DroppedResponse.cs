namespace Gateway.Worker.Ops.DeadLetters;

/// <summary>What was dropped.</summary>
/// <param name="Dropped">The letters.</param>
public sealed record DroppedResponse(int Dropped);
