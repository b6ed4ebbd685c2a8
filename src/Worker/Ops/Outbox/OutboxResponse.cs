using Gateway.Persistence.Outbox;

namespace Gateway.Worker.Ops.Outbox;

/// <summary>How much waits in the outbox.</summary>
/// <param name="Waiting">Messages that are to be published.</param>
/// <param name="OldestAgeSeconds">How long the oldest of them has waited; null when none waits.</param>
/// <param name="Unreadable">Messages that were passed over, because this version of the worker cannot read them.</param>
/// <param name="Refused">Of those that are to be published, the ones that the broker refuses: no queue takes them, or they are too large
/// for it.</param>
/// <param name="Stuck">The oldest 20 of the refused and unreadable ones, with the reason. Others pass them.</param>
public sealed record OutboxResponse(
    long Waiting, double? OldestAgeSeconds, long Unreadable, long Refused, IReadOnlyList<StuckMessage> Stuck);
