using Gateway.Persistence.DeadLetters;

namespace Gateway.Worker.Ops.DeadLetters;

/// <summary>An order to put letters back. A worker does it, and goes on with it after a crash.</summary>
/// <param name="RequeueId">The order.</param>
/// <param name="Progress">How far it is.</param>
/// <param name="WaitsFor">What it waits for while it cannot send: RabbitMQ in alarm.</param>
public sealed record RequeueOrder(Guid RequeueId, RequeueProgress Progress, string? WaitsFor);
