namespace Gateway.Persistence.Outbox;

/// <summary>How much waits in the outbox.</summary>
/// <param name="Waiting">Messages that are to be published.</param>
/// <param name="OldestAt">UTC; when the oldest of them was written; null when none waits.</param>
/// <param name="Unreadable">Messages that were passed over, because they cannot be read.</param>
/// <param name="Refused">Of those that are to be published, the ones that could not be published when they were tried last; others pass
/// them.</param>
public sealed record OutboxState(long Waiting, DateTime? OldestAt, long Unreadable, long Refused);
