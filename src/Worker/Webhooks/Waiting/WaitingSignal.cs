using Gateway.Worker.Bus;

namespace Gateway.Worker.Webhooks.Waiting;

/// <summary>Wakes the releaser of this process: something in the waiting room may be due.</summary>
public sealed class WaitingSignal : LoopSignal;
