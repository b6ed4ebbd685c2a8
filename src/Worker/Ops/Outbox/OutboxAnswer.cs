namespace Gateway.Worker.Ops.Outbox;

/// <summary>How much waits in the outbox.</summary>
/// <param name="Waiting">Messages that are to be published.</param>
/// <param name="OldestAgeSeconds">How long the oldest of them has waited; null when none waits.</param>
/// <param name="Unreadable">Messages that were passed over, because this version of the worker cannot read them; the log says why.</param>
public sealed record OutboxAnswer(long Waiting, double? OldestAgeSeconds, long Unreadable);
