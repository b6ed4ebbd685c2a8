namespace Gateway.Worker.Gate;

/// <summary>What a flow does at this moment.</summary>
/// <param name="Waiting">Messages that wait for a slot.</param>
/// <param name="InFlight">Messages that have one.</param>
/// <param name="Started">Messages that ever got one.</param>
/// <param name="OldestWait">How long the message that came first has waited; null when none waits.</param>
public readonly record struct GateCounts(int Waiting, int InFlight, long Started, TimeSpan? OldestWait);
