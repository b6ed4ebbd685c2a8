using Gateway.Persistence.Operations;

namespace Gateway.Worker.Ops.Webhooks;

/// <summary>A recovery with what keeps it from going on.</summary>
/// <param name="Recovery">The recovery. A worker does it, and goes on with it after a crash.</param>
/// <param name="WaitsFor">What it waits for while it cannot send: RabbitMQ in alarm.</param>
public sealed record RecoveryOrder(Recovery Recovery, string? WaitsFor);
