using Gateway.Worker.Bus;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Gateway.Worker.Ops.Health;

/// <summary>
/// Degraded while RabbitMQ is in alarm: what it has is delivered, and nothing can be published; and while its nodes are not of one cluster.
/// </summary>
public sealed class BrokerHealth(BrokerAlarms alarms, ClusterWatch? cluster = null) : IHealthCheck
{
    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(new[] { alarms.Reason, cluster?.Complaint }.OfType<string>().ToArray() is { Length: > 0 } reasons
            ? HealthCheckResult.Degraded(string.Join("; ", reasons))
            : HealthCheckResult.Healthy());
}
