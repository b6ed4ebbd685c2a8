using Gateway.Worker.Bus;

namespace Gateway.Worker.Outbox;

/// <summary>Wakes the dispatcher of this process: messages were committed.</summary>
public sealed class OutboxSignal : LoopSignal;
