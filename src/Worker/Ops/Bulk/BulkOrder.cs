using Gateway.Persistence.Bulk;

namespace Gateway.Worker.Ops.Bulk;

/// <summary>A bulk job with what keeps it from going on.</summary>
/// <param name="Job">The job. Workers do it, and go on with it after a crash.</param>
/// <param name="WaitsFor">What it waits for while it cannot send: RabbitMQ in alarm.</param>
public sealed record BulkOrder(BulkJob Job, string? WaitsFor);
